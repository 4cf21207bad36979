"""Do the named data sets open with the right images, classes and splits, and refuse what is damaged?"""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.data import ArraySource, Dataset, channel_statistics, open_dataset, split_validation
from residua.data.sources.cifar import CIFAR10, CIFAR100, open_cifar
from residua.data.sources.format import Format
from residua.data.sources.idx import DIGITS, FASHION, FILES
from residua.data.sources.open import SOURCES
from residua.errors import DataError


def test_digits_are_scikit_learns_and_split_stratified() -> None:
    from sklearn.datasets import load_digits

    dataset = open_dataset("digits")
    assert (len(dataset.train), len(dataset.test), dataset.default_size, dataset.channels) == (1437, 360, 8, 1)
    images = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    published = np.round(load_digits().images * 255 / 16).astype(np.uint8)
    assert sorted(image.tobytes() for image in images) == sorted(image.tobytes() for image in published)
    assert set(np.bincount(dataset.test.labels)) <= {35, 36, 37}


def test_digits_are_not_mirrored_by_default() -> None:
    from residua.data import default_augment

    assert default_augment("digits", 8).flip == default_augment("mnist", 28).flip == "none"
    assert default_augment("cifar10", 32).flip == "random"


def _write_cifar(folder: Path, layout: object = CIFAR10, classes: int = 10) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in (*layout.train, layout.test):
        batch = {
            b"data": rng.integers(0, 256, (20, 3072), np.uint8),
            layout.label_key: rng.integers(0, classes, 20).tolist(),
        }
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    (folder / layout.meta).write_bytes(pickle.dumps({layout.names_key: [f"c{n}".encode() for n in range(classes)]}))


@pytest.mark.parametrize(("name", "layout", "classes"), [("cifar10", CIFAR10, 10), ("cifar100", CIFAR100, 100)])
def test_cifar_opens_from_its_folder_and_from_the_one_above(tmp_path: Path, name, layout, classes) -> None:
    _write_cifar(tmp_path / layout.folder, layout, classes)
    for root in (tmp_path, tmp_path / layout.folder):
        dataset = open_dataset(name, root)
        assert len(dataset.classes) == classes
        assert len(dataset.train) == 20 * len(layout.train)
        assert dataset.test.read(np.arange(2)).shape == (2, 32, 32, 3)
        assert open_dataset(root).train.labels.tolist() == dataset.train.labels.tolist()  # by its path alone
    first = pickle.loads((tmp_path / layout.folder / layout.test).read_bytes())
    red = first[b"data"][0].reshape(3, 32, 32)[0]
    np.testing.assert_array_equal(dataset.test.images[0, :, :, 0], red)


def test_a_cifar_batch_that_would_run_code_is_refused(tmp_path: Path) -> None:
    _write_cifar(tmp_path / CIFAR10.folder)

    class Evil:
        def __reduce__(self):
            return (print, ("owned",))

    (tmp_path / CIFAR10.folder / "data_batch_3").write_bytes(pickle.dumps({b"data": Evil()}))
    with pytest.raises(DataError, match=r"data_batch_3.*print"):
        open_cifar(CIFAR10, tmp_path / CIFAR10.folder)


def _integer(number: int) -> bytes:
    return pickle.dumps(number, 2)[2:-1]


# numpy's own dtype takes a field of objects from raw state: eight bytes of the file would be used as a pointer
_FIELDS = (
    b"cnumpy\ndtype\n(U\x02V8tR(" + _integer(3) + b"U\x01|N(U\x01at}U\x01a(cnumpy\ndtype\n(U\x01OtR"
    + _integer(0) + b"ts" + _integer(8) + _integer(1) + _integer(0) + b"tb"
)  # fmt: skip
_POINTER = (
    b"\x80\x02}(U\x04data]cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + _integer(0) + b"tU\x01btR("
    + _integer(1) + b"(" + _integer(1) + b"t" + _FIELDS + _integer(0) + b"U\x08ABCDEF\0\0tbau."
)  # fmt: skip
# each tuple holds the one before eight times: hashing the last as a key would take 8 ** 30 steps
_DEEP = b"\x80\x02)q\0" + b"".join(b"(" + (b"h" + bytes([n])) * 8 + b"tq" + bytes([n + 1]) for n in range(30))


@pytest.mark.parametrize("content", [_POINTER, _DEEP + b"0}h\x1eK\x01s."], ids=["pointer", "hash"])
def test_a_cifar_batch_built_to_harm_is_refused(tmp_path: Path, content: bytes) -> None:
    _write_cifar(tmp_path / CIFAR10.folder)
    (tmp_path / CIFAR10.folder / "data_batch_1").write_bytes(content)
    with pytest.raises(DataError, match="data_batch_1 is "):
        open_dataset("cifar10", tmp_path)


@pytest.mark.parametrize(
    ("name", "entry", "words"),
    [
        ("data_batch_2", {b"labels": [0] * 19}, "as many labels"),
        ("data_batch_2", {b"labels": [10] * 20}, "from 0 to 9"),
        ("data_batch_2", {b"labels": ["1"] * 20}, "as many labels"),
        ("batches.meta", {b"label_names": [b"\xff\xfe"] * 10}, "no UTF-8 text"),
    ],
)
def test_what_a_cifar_batch_says_is_held_against_its_images(tmp_path: Path, name, entry, words) -> None:
    folder = tmp_path / CIFAR10.folder
    _write_cifar(folder)
    (folder / name).write_bytes(pickle.dumps(pickle.loads((folder / name).read_bytes()) | entry, protocol=2))
    with pytest.raises(DataError, match=f"{name}.*{words}"):
        open_dataset("cifar10", tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x80\x02", pickle.dumps([1]), pickle.dumps({b"data": [1]})])
def test_a_damaged_cifar_batch_is_named(tmp_path: Path, content: bytes) -> None:
    _write_cifar(tmp_path / CIFAR10.folder)
    (tmp_path / CIFAR10.folder / "data_batch_2").write_bytes(content)
    with pytest.raises(DataError, match="data_batch_2"):
        open_dataset("cifar10", tmp_path)


def _idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def _write_idx(folder: Path, *, zipped: bool) -> np.ndarray:
    folder.mkdir(parents=True)
    images = np.random.default_rng(1).integers(0, 256, (30, 28, 28), np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    for name in FILES:
        data = _idx(images if "images" in name else labels)
        (folder / (name + ".gz" * zipped)).write_bytes(gzip.compress(data) if zipped else data)
    return images


@pytest.mark.parametrize("zipped", [True, False])
def test_idx_files_open_gzipped_or_not(tmp_path: Path, zipped: bool) -> None:
    images = _write_idx(tmp_path / "mnist", zipped=zipped)
    for where in (("mnist", tmp_path), ("mnist", tmp_path / "mnist"), (tmp_path / "mnist", None)):
        dataset = open_dataset(*where)
        np.testing.assert_array_equal(dataset.train.images[..., 0], images)
        assert dataset.classes == tuple("0123456789")
        assert dataset.default_size == 28


def test_idx_files_lie_where_torchvision_has_fetched_them(tmp_path: Path) -> None:
    for name, folder, classes in (("mnist", "MNIST", DIGITS), ("fashion-mnist", "FashionMNIST", FASHION)):
        _write_idx(tmp_path / folder / "raw", zipped=False)
        for where in ((name, tmp_path), (tmp_path / folder, None), (tmp_path / folder / "raw", None)):
            assert open_dataset(*where).classes == classes


def test_a_truncated_idx_file_is_named(tmp_path: Path) -> None:
    _write_idx(tmp_path / "mnist", zipped=False)
    path = tmp_path / "mnist" / FILES[2]
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"t10k-images.*truncated"):
        open_dataset("mnist", tmp_path)


def test_fashion_mnist_as_published(shared: Path) -> None:
    dataset = open_dataset("fashion-mnist", shared / "fashion-mnist")
    assert (len(dataset.train), len(dataset.test)) == (60_000, 10_000)
    assert dataset.classes[9] == "ankle boot"
    (mean,), (std,) = channel_statistics(dataset.train, np.arange(60_000))
    assert (round(mean, 4), round(std, 4)) == (0.2860, 0.3530)  # the values that the set's users publish


def test_unknown_names_get_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean cifar10"):
        open_dataset("cifar-10", tmp_path)
    with pytest.raises(DataError, match="--download"):
        open_dataset("cifar10", tmp_path)


def test_validation_split_is_stratified_seeded_and_complete() -> None:
    labels = np.repeat(np.arange(4), [100, 51, 10, 1])
    train, held = split_validation(labels, 0.1, seed=3)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, held])), np.arange(len(labels)))
    assert np.bincount(labels[held], minlength=4).tolist() == [10, 5, 1, 0]
    np.testing.assert_array_equal(held, split_validation(labels, 0.1, seed=3).validation)
    assert not np.array_equal(held, split_validation(labels, 0.1, seed=4).validation)
    with pytest.raises(DataError, match="share"):
        split_validation(labels, 1.0, 0)


def test_statistics_are_over_pixels_not_over_image_means() -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    images[1] = 255
    mean, std = channel_statistics(ArraySource(images, [0, 1], ["a", "b"]), np.arange(2))
    np.testing.assert_allclose(mean, 0.5)
    np.testing.assert_allclose(std, 0.5)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 4, 4, 3), np.float32), [0, 1]),
        (np.zeros((2, 4, 4, 2), np.uint8), [0, 1]),
        (np.zeros((2, 4, 4), np.uint8), [0]),
        (np.zeros((2, 4, 4), np.uint8), [0, 2]),
    ],
)
def test_arrays_of_the_wrong_kind_are_refused(images: np.ndarray, labels: list[int]) -> None:
    with pytest.raises(DataError):
        ArraySource(images, labels, ["a", "b"])


PLAIN = np.zeros((2, 4, 4), np.uint8)


@pytest.mark.parametrize(
    ("images", "labels", "classes", "message"),
    [
        (PLAIN, [0.2, 1.9], "ab", r"labels are float64 \(0.2, 1.9"),
        (PLAIN, [0, float("nan")], "ab", "labels are float64"),
        (PLAIN, [0, float("inf")], "ab", "labels are float64"),
        (PLAIN, ["cat", "dog"], "ab", "'cat', 'dog'"),
        (PLAIN, [0, None], "ab", "labels are object"),
        (PLAIN, [True, False], "ab", "labels are bool"),
        (PLAIN, [[0], [0, 1]], "ab", "labels are no array"),
        ([[[0, 1]], [[0]]], [0, 1], "ab", "images are no array"),
        (PLAIN, [0, 1], "aa", "class 'a' is named twice"),
        (np.zeros((2, 0, 4), np.uint8), [0, 1], "ab", "no pixels"),
    ],
)
def test_arrays_are_refused_in_one_line_instead_of_rounded(images, labels, classes: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        ArraySource(images, labels, classes)
    assert "\n" not in str(caught.value)


def test_whole_numbers_are_labels_whatever_their_type() -> None:
    for labels in ([1.0, 0.0], np.array([1, 0], np.uint8), (1, 0)):
        assert ArraySource(PLAIN, labels, "ab").labels.tolist() == [1, 0]


def test_a_split_gives_pictures_one_by_one_and_each_as_the_transform_makes_it(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert (dataset.val, dataset.test) == (None, None)
    image, label = dataset.train[9]
    assert (image.mode, type(label), dataset.classes[label]) == ("RGB", int, "dog")
    np.testing.assert_array_equal(np.asarray(image), dataset.train.read(np.array([9]))[0])
    assert dataset.train[-1][1] == dataset.train[len(dataset.train) - 1][1] == 2
    assert [label for _, label in dataset.train] == dataset.train.labels.tolist()
    with pytest.raises(IndexError):
        dataset.train[24]
    for several in (slice(0, 2), [0, 1]):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            dataset.train[several]
    digits = open_dataset("digits", transform=lambda image: (image.mode, image.size))
    assert digits.train[0] == (("L", (8, 8)), int(digits.train.labels[0]))
    assert digits.test[3][0] == ("L", (8, 8))


def test_a_split_is_what_torchs_loader_and_its_processes_take(folder: Path) -> None:
    loader = pytest.importorskip("torch.utils.data").DataLoader
    source = open_dataset(folder, transform=lambda image: np.array(image.resize((8, 8)))).train
    images, labels = next(iter(loader(source, batch_size=24)))
    assert (images.shape, labels.tolist()) == ((24, 8, 8, 3), source.labels.tolist())
    source.transform = None
    again = pickle.loads(pickle.dumps(source))
    assert np.array_equal(np.asarray(again[5][0]), np.asarray(source[5][0]))


def test_a_new_kind_of_source_is_a_value_that_every_verb_takes(tmp_path: Path, monkeypatch, capsys) -> None:
    def opened(path: str, skip_bad: bool) -> Dataset:
        with np.load(path) as arrays:
            source = ArraySource(arrays["images"], arrays["labels"], "ab", "arrays")
        return Dataset("arrays", source.classes, source, None, 12)

    kind = Format((("`.npz`", "numpy's arrays"),), holds=lambda path: path.suffix == ".npz", open=opened)
    monkeypatch.setattr("residua.data.sources.open.SOURCES", (*SOURCES, kind))
    path = tmp_path / "some.npz"
    pixels = np.random.default_rng(0).integers(0, 256, (24, 12, 12, 3), np.uint8)
    np.savez(path, images=pixels, labels=np.arange(24) % 2)
    assert len(open_dataset(path).train) == 24
    assert main(["data", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["train"]["classes"] == {"a": 12, "b": 12}
