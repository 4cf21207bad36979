"""Are Parquet and Arrow files read alike through Hugging Face `datasets`?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from residua.cli.app import main
from residua.data import Augment, Preprocessing, open_dataset
from residua.data.doctor.examine import examine
from residua.data.feed.loader import Batches
from residua.errors import DataError
from tests.data.conftest import picture
from tests.data.test_lists import _shard

datasets = pytest.importorskip("datasets")
NAMES = ["owl", "cat", "dog"]  # not sorted: the order that the file states must win


def _table(count: int, first: int = 0, names: list[str] | None = NAMES):
    kind = datasets.ClassLabel(names=names) if names else datasets.Value("string")
    features = datasets.Features({"image": datasets.Image(), "label": kind})
    numbers = range(first, first + count)
    labels = [number % 3 if names else "abc"[number % 3] for number in numbers]
    images = [Image.fromarray(picture(number)) for number in numbers]
    return datasets.Dataset.from_dict({"image": images, "label": labels}, features=features)


def _write(kind: str, root: Path) -> Path:
    datasets.disable_progress_bars()
    if kind == "a copy of a hub's repository":
        _write("parquet", root / "data")
        (root / "README.md").write_text("---\nlicense: mit\n---\n")
        return root
    if kind == "parquet":
        root.mkdir(parents=True)
        _table(20).to_parquet(root / "train-00000-of-00002.parquet")
        _table(13, 20).to_parquet(root / "train-00001-of-00002.parquet")
        _table(6, 33).to_parquet(root / "test-00000-of-00001.parquet")
        return root
    if kind == "saved":
        datasets.DatasetDict({"train": _table(33), "test": _table(6, 33)}).save_to_disk(root)
        return root
    _table(33).save_to_disk(root / "saved")
    return next((root / "saved").glob("*.arrow"))


@pytest.mark.parametrize("kind", ["parquet", "a copy of a hub's repository", "saved", "arrow"])
def test_tables_open_by_index(tmp_path: Path, kind: str) -> None:
    dataset = open_dataset(_write(kind, tmp_path / "set"))
    assert dataset.classes == tuple(NAMES)
    assert dataset.train.labels.tolist() == [number % 3 for number in range(33)]
    np.testing.assert_array_equal(dataset.train.read(np.array([25]))[0], picture(25))
    assert (dataset.test is None) == (kind == "arrow")
    batches = Batches(dataset.train, np.arange(33), 8, Preprocessing(16, 20), Augment(flip="random"), workers=3)
    again = Batches(dataset.train, np.arange(33), 8, Preprocessing(16, 20), Augment(flip="random"), workers=0)
    for one, two in zip(batches.epoch(0), again.epoch(0), strict=True):
        assert torch.equal(one.images, two.images)


def test_splits_of_other_names_are_left_out_with_a_note_and_two_of_one_are_refused(tmp_path: Path) -> None:
    tables = {"train": _table(6), "unsupervised": _table(3, 6), "val": _table(3, 9)}
    datasets.DatasetDict(tables).save_to_disk(tmp_path / "set")
    (note,) = open_dataset(tmp_path / "set").notes
    assert "the split unsupervised is left out" in note.message
    datasets.DatasetDict(tables | {"dev": _table(3)}).save_to_disk(tmp_path / "two")
    with pytest.raises(DataError, match="has the splits val and dev: one validation split was expected"):
        open_dataset(tmp_path / "two")


def test_labels_as_text_are_sorted(tmp_path: Path) -> None:
    _table(9, names=None).to_parquet(tmp_path / "one.parquet")
    dataset = open_dataset(tmp_path / "one.parquet")
    assert dataset.classes == ("a", "b", "c")
    assert dataset.train.labels.tolist() == [0, 1, 2] * 3


def test_tables_without_images_or_unreadable_are_one_line(tmp_path: Path) -> None:
    datasets.Dataset.from_dict({"text": ["a"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="columns text"):
        open_dataset(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match=r"b.parquet cannot be read"):
        open_dataset(tmp_path / "b.parquet")


def test_the_doctor_examines_tables_and_shards(tmp_path: Path) -> None:
    found = examine(_write("parquet", tmp_path / "set"))
    assert found.classes == tuple(NAMES)
    assert found.to_json()["splits"]["test"]["images"] == 6
    _shard(tmp_path / "shards" / "train-0.tar", range(33))
    assert len(examine(tmp_path / "shards").collection.readable) == 33


def _rows(path: Path, labels: list, *, kind: object = None, blobs: dict[int, object] | None = None) -> Path:
    """Write a Parquet file of one image a label; `blobs` are cells to put in place of an image."""
    features = datasets.Features({"image": datasets.Image(), "label": kind or datasets.ClassLabel(names=NAMES)})
    images = [Image.fromarray(picture(at)) for at in range(len(labels))]
    cells = [(blobs or {}).get(at, image) for at, image in enumerate(images)]
    path.parent.mkdir(exist_ok=True)
    datasets.disable_progress_bars()
    datasets.Dataset.from_dict({"image": cells, "label": labels}, features=features).to_parquet(path)
    return path


@pytest.mark.parametrize("label", [-1, None])
def test_a_test_split_without_labels_is_left_out_and_that_is_said(tmp_path: Path, label: int | None) -> None:
    _rows(tmp_path / "train-0.parquet", [0, 1, 2])
    _rows(tmp_path / "test-0.parquet", [label, label])
    dataset = open_dataset(tmp_path)
    assert "test is left out: none of its 2 images has a label" in dataset.notes[0].message
    assert (len(dataset.train), dataset.test, len(dataset.notes)) == (3, None, 1)


@pytest.mark.parametrize("label", [-1, None])
def test_a_row_without_a_label_is_named_and_never_the_last_class(tmp_path: Path, label: int | None) -> None:
    path = _rows(tmp_path / "train-0.parquet", [0, 1, label, 2])
    with pytest.raises(DataError, match=r"row 2: (label -1 came; 0 to 2|the label is None)"):
        open_dataset(path)


@pytest.mark.parametrize(
    ("dtype", "labels"), [("string", ["a", None]), ("float64", [0.0, float("nan")]), ("bool", [True, False])]
)
def test_cells_that_name_no_class_are_refused_with_their_row(tmp_path: Path, dtype: str, labels: list) -> None:
    path = _rows(tmp_path / "a.parquet", labels, kind=datasets.Value(dtype))
    with pytest.raises(DataError, match=r"row [01]: the label is (None|nan|True)"):
        open_dataset(path)


def test_whole_numbers_stored_as_floats_are_whole_numbers(tmp_path: Path) -> None:
    path = _rows(tmp_path / "a.parquet", [2.0, 10.0, 2.0], kind=datasets.Value("float64"))
    assert open_dataset(path).classes == ("2", "10")


def test_unreadable_images_in_rows_are_counted_named_and_skipped_only_when_asked(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    Image.fromarray(picture(9)).save(whole)
    half = {"bytes": whole.read_bytes()[:500], "path": None}
    path = _rows(tmp_path / "set" / "train-0.parquet", [0, 1, 2, 0], blobs={0: None, 2: half})
    with pytest.raises(DataError, match=r"2 of 4 image files .*train-0\[0\] \(no image\), train-0\[2\] \(damaged"):
        open_dataset(path)
    dataset = open_dataset(path, skip_bad=True)
    assert dataset.train.labels.tolist() == [1, 0]
    assert [dataset.train.where(at) for at in range(2)] == ["train-0[1]", "train-0[3]"]
    np.testing.assert_array_equal(dataset.train.read(np.array([1]))[0], picture(3))
    assert [problem.split(":")[0] for problem in dataset.train.bad.values()] == ["train-0[0]", "train-0[2]"]


def test_a_file_that_is_damaged_in_its_middle_is_one_line(tmp_path: Path) -> None:
    path = _rows(tmp_path / "train-0.parquet", [0, 1, 2] * 20)
    data = bytearray(path.read_bytes())
    data[4:400] = bytes([255]) * 396  # where the pages of the first column begin
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"train-0.parquet cannot be read") as caught:
        open_dataset(path)
    assert "\n" not in str(caught.value)


def test_a_quiet_examination_draws_no_bar_and_leaves_the_switch_as_it_was(tmp_path: Path, capsys) -> None:
    path = _write("parquet", tmp_path / "set")
    datasets.enable_progress_bars()
    try:
        assert main(["data", str(path), "--quiet"]) == 0
        assert not datasets.are_progress_bars_disabled()
    finally:
        datasets.disable_progress_bars()
    assert capsys.readouterr().err == ""
