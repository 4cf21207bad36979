"""Are lists of images and tar shards read as meant, and is every wrong line named?"""

from __future__ import annotations

import io
import json
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.data import Preprocessing, open_dataset
from residua.data.doctor.examine import examine
from residua.errors import DataError
from tests.data.conftest import picture, write

SMALL = Preprocessing(16, 16)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for number in range(7):
        write(tmp_path / "all images" / f"{number}.png", picture(number))
    return tmp_path


LINES = [("0", "b10", "train"), ("1", "b2", "train"), ("2", "a", "train"), ("3", "b2", "val"), ("4", "a", "test")]


def _csv(header: str, separator: str = ",") -> str:
    rows = [separator.join((f"all images/{number}.png", label, split)) for number, label, split in LINES]
    return "\n".join(([header] if header else []) + rows) + "\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", _csv("path,label,split")),
        ("list.csv", "\ufeff" + _csv("Filename,Class,Subset")),
        ("list.csv", _csv("")),
        ("list.tsv", _csv("path\tlabel\tsplit", "\t")),
        (
            "list.jsonl",
            "\n".join(json.dumps({"image": f"all images/{n}.png", "label": c, "split": s}) for n, c, s in LINES),
        ),
    ],
)
def test_a_list_gives_classes_splits_and_images(images: Path, name: str, text: str) -> None:
    (images / name).write_text(text, encoding="utf-8")
    dataset = open_dataset(images / name)
    assert dataset.classes == ("a", "b2", "b10")
    assert dataset.train.labels.tolist() == [2, 1, 0]
    assert dataset.val.labels.tolist() == [1]
    assert dataset.test.labels.tolist() == [0]
    np.testing.assert_array_equal(dataset.test.read(np.array([0]))[0], picture(4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\nall images/0.png,cat\nall images/1.png,\n", "line 3"),
        ("path,label,split\nall images/0.png,cat,training set\n", "line 2.*split"),
        ("path,label,split\nall images/0.png,cat,train\nall images/1.png,dog,test\n", "dog"),
        ("path,label,split\nall images/0.png,cat,test\n", "training"),
        ("path,label\nall images/0.png,cat\nnowhere.png,cat\n", r"nowhere.png in line 3.*--skip-bad"),
        ("", "names no image"),
    ],
)
def test_a_wrong_line_is_named(images: Path, text: str, message: str) -> None:
    (images / "list.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        open_dataset(images / "list.csv")


def test_a_class_list_fixes_the_order_and_refuses_strangers(images: Path) -> None:
    (images / "classes.txt").write_text("zebra\ncat\n")
    (images / "list.csv").write_text("all images/0.png,cat\nall images/1.png,zebra\nall images/2.png,1\n")
    dataset = open_dataset(images / "list.csv")
    assert dataset.classes == ("zebra", "cat")
    assert dataset.train.labels.tolist() == [1, 0, 1]
    (images / "list.csv").write_text("all images/0.png,cow\nall images/1.png,7\n")
    with pytest.raises(DataError, match="2 labels are not in the list of 2 classes: 7, cow"):
        open_dataset(images / "list.csv")


def test_bad_json_is_named(images: Path) -> None:
    (images / "list.jsonl").write_text('{"path": "all images/0.png", "label": 3}\n{oops}\n')
    with pytest.raises(DataError, match="line 2 is not JSON"):
        open_dataset(images / "list.jsonl")


def _labelled(root: Path, train: str, val: str) -> Path:
    """Write a list whose training and validation lines have these labels, one a letter."""
    rows = [(split, label) for split, labels in (("train", train), ("val", val)) for label in labels]
    lines = [f"all images/{at}.png,{label},{split}" for at, (split, label) in enumerate(rows)]
    (root / "list.csv").write_text("\n".join(["path,label,split", *lines]))
    return root / "list.csv"


@pytest.mark.parametrize(
    ("train", "val", "named"), [("12357", "45", ": 4"), ("123", "012", ": 0"), ("cd", "01", ": 0, 1")]
)
def test_a_number_is_never_counted_along_classes_that_nobody_ordered(
    images: Path, train: str, val: str, named: str
) -> None:
    with pytest.raises(DataError, match=named):
        open_dataset(_labelled(images, train, val))


def test_a_number_is_never_counted_along_classes_that_are_numbers_themselves(images: Path) -> None:
    (images / "classes.txt").write_text("3\n1\n2\n")
    assert open_dataset(_labelled(images, "123", "31")).val.labels.tolist() == [0, 1]
    with pytest.raises(DataError, match="1 labels are not in the list of 3 classes: 0"):
        open_dataset(_labelled(images, "123", "0"))


def test_held_out_lines_of_other_classes_are_left_out_only_when_asked(images: Path) -> None:
    listed = _labelled(images, "ab", "abc")
    with pytest.raises(DataError, match=r"\(validation\): 1 labels .*: c\."):
        open_dataset(listed)
    dataset = open_dataset(listed, skip_bad=True)
    assert dataset.val.labels.tolist() == [0, 1]
    assert dataset.val.where(1) == "all images/3.png"
    assert dataset.val.bad == {-1: "all images/4.png in line 6: c is none of the training classes"}
    found = examine(_labelled(images, "ab", "cc"))
    assert list(found.collection.classes) == ["train"]
    messages = {(each.severity, each.code): each.message for each in found.findings}
    assert "validation is left out: none of its 2 images can be used" in messages["warning", "left-out"]
    assert messages["error", "left-out"].startswith("2 files left out, as ")
    assert "c is none of the training classes" in messages["error", "left-out"]


@pytest.mark.parametrize("label", ["null", "NaN", "Infinity", "[1.5]", "1.5", "true", '{"a": 1}', '" "'])
def test_what_names_no_class_is_refused_with_its_line(images: Path, label: str) -> None:
    lines = ['{"path": "all images/0.png", "label": "a"}', f'{{"path": "all images/1.png", "label": {label}}}']
    (images / "list.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"line 2: the label is .*; a line of text or a whole number was expected"):
        open_dataset(images / "list.jsonl")


def test_a_number_is_one_class_however_it_is_written(images: Path) -> None:
    lines = [f'{{"path": "all images/{n}.png", "label": {label}}}' for n, label in enumerate(["1", "1.0", '"1"', "2"])]
    (images / "list.jsonl").write_text("\n".join(lines))
    assert open_dataset(images / "list.jsonl").classes == ("1", "2")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (3, '"all images/1.png,b\n'),
        (3, 'all images/1.png,"b\n'),
        (6, 'all images/1.png,b\nall images/2.png,b\nall images/3.png,b\nall images/4.png,"'),
        (3, '"all images/1.png",b\n'.replace('",', '"x,')),
        (3, 'all images/1.png,"b\nall images/2.png,c"\n'),
        (3, '"all images/1.png,b\nall images/2.png,c\nall images/3.png",a\n'),
        (4, 'all images/1.png,b\nall images/2.png,"' + "c" * 140_000 + '"\n'),
    ],
)
def test_a_quote_that_is_not_closed_is_an_error_in_its_line(images: Path, line: int, text: str) -> None:
    more = "".join(f"all images/{at % 6}.png,{'ab'[at % 2]}\n" for at in range(30))
    (images / "list.csv").write_text("path,label\nall images/0.png,a\n" + text + (more if text.endswith("\n") else ""))
    with pytest.raises(DataError, match=rf"list.csv line {line}\b") as caught:
        open_dataset(images / "list.csv", skip_bad=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\nb.png", "a\r\nb.png", 'say "hi", twice.png'])
def test_a_quoted_path_may_hold_anything_that_a_file_name_may(images: Path, name: str) -> None:
    write(images / name, picture(77))
    quoted = name.replace('"', '""')
    (images / "list.csv").write_text(f'path,label\n"{quoted}",a\nall images/1.png,b\n', newline="")
    dataset = open_dataset(images / "list.csv")
    np.testing.assert_array_equal(dataset.train.read(np.array([0]))[0], picture(77))
    (images / name).unlink()
    with pytest.raises(DataError, match="line 2") as caught:
        open_dataset(images / "list.csv")
    assert "\n" not in str(caught.value)


def test_a_text_in_json_may_hold_any_line_separator(images: Path) -> None:
    rows = [{"path": "a\u2028b.png", "label": "a\u2028"}, {"path": "all images/1.png", "label": "b", "note": "\x85"}]
    write(images / "a\u2028b.png", picture(0))
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (images / "list.jsonl").write_bytes(text.encode())
    assert open_dataset(images / "list.jsonl").train.where(0) == "a\u2028b.png"


def test_a_pipe_in_a_list_is_refused_instead_of_waited_for(images: Path) -> None:
    os.mkfifo(images / "pipe.png")
    (images / "list.csv").write_text("path,label\nall images/0.png,a\npipe.png,b\n")
    with pytest.raises(DataError, match=r"pipe.png in line 3 \(not a regular file"):
        open_dataset(images / "list.csv")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list.csv", "path,label\nall images/0.png,a\nall\0images/1.png,b\n", r"images/1.png in line 3 \(.*null byte"),
        ("list.jsonl", "[" * 100_000, "line 1 is not JSON: .*recursion"),
        ("list.csv", "path,label\n" + "a," * 2**20, "line 2 has 2,097,152 characters; at most 1,048,576 are read"),
        ("list.csv", "a," * 2**20, "line 1 has 2,097,152 characters"),
        ("list.jsonl", '{"path": "x.png", "label": ' + "9" * 5000 + "}", "line 1 is not JSON"),
        ("list.jsonl", '{"path": null, "label": "a"}', "line 1: the path is None"),
    ],
)
def test_what_no_file_name_or_parser_can_hold_is_one_line(images: Path, name: str, text: str, message: str) -> None:
    (images / name).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        open_dataset(images / name)
    assert str(caught.value).isprintable()


def test_a_name_that_no_path_can_be_is_one_line(images: Path) -> None:
    for name, root in (("a\0b", None), ("images", "\0")):
        with pytest.raises(DataError, match="holds a NUL"):
            open_dataset(name, root)


def _shard(path: Path, numbers: range, label: str = "cls") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for number in numbers:
            file = io.BytesIO()
            Image.fromarray(picture(number)).save(file, "png")
            name = ["cat", "dog", "owl"][number % 3]
            text = {"cls": str(number % 3), "json": json.dumps({"label": name}), "txt": name}
            for ending, data in (("png", file.getvalue()), (label, text.get(label, "").encode())):
                info = tarfile.TarInfo(f"{number:06d}.{ending}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize("label", ["cls", "json", "txt"])
def test_shards_are_read_by_index(tmp_path: Path, label: str) -> None:
    _shard(tmp_path / "set" / "train-000000.tar", range(5), label)
    _shard(tmp_path / "set" / "train-000001.tar", range(5, 9), label)
    _shard(tmp_path / "set" / "val" / "0.tar", range(9, 12), label)
    dataset = open_dataset(tmp_path / "set")
    assert dataset.classes == (("0", "1", "2") if label == "cls" else ("cat", "dog", "owl"))
    assert dataset.train.labels.tolist() == [number % 3 for number in range(9)]
    assert len(dataset.val) == 3
    np.testing.assert_array_equal(dataset.train.read(np.array([7]))[0], picture(7))
    assert dataset.train.where(7) == "train-000001.tar/000007.png"
    one = open_dataset(tmp_path / "set" / "train-000000.tar")
    assert len(one.train) == 5


def test_a_class_list_names_the_numbers_of_shards(tmp_path: Path) -> None:
    _shard(tmp_path / "a.tar", range(6))
    (tmp_path / "classes.txt").write_text("cat\ndog\nowl\n")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("cat", "dog", "owl")
    assert dataset.train.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_damaged_shards_are_one_line(tmp_path: Path) -> None:
    _shard(tmp_path / "a.tar", range(6), "nothing")
    with pytest.raises(DataError, match=r"have no label, as 000000.png"):
        open_dataset(tmp_path / "a.tar")
    _shard(tmp_path / "b.tar", range(6))
    dataset = open_dataset(tmp_path / "b.tar")
    data = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "b.tar").write_bytes(data[:3000])
    with pytest.raises(DataError, match="cut off"):
        dataset.train.read(np.array([5]), SMALL)
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.tar", "x.png")
    with pytest.raises(DataError, match="compressed"):
        open_dataset(tmp_path / "c.tar.gz")


def _tar(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def _encoded(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(seed)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("order", [("png", "seg.png", "cls"), ("seg.png", "depth.png", "cls", "png")])
def test_a_mask_beside_a_photo_never_takes_its_place(tmp_path: Path, order: tuple[str, ...]) -> None:
    content = {"png": _encoded(1), "seg.png": _encoded(2), "depth.png": _encoded(3), "cls": b"0"}
    other = {"k2.png": _encoded(4), "k2.cls": b"1"}
    dataset = open_dataset(_tar(tmp_path / "a.tar", {f"k.{ending}": content[ending] for ending in order} | other))
    assert dataset.train.where(0) == "a.tar/k.png"
    np.testing.assert_array_equal(dataset.train.read(np.array([0]))[0], picture(1))


def test_two_photos_of_one_sample_are_refused(tmp_path: Path) -> None:
    shard = _tar(tmp_path / "a.tar", {"k.png": _encoded(1), "k.jpg": _encoded(2), "k.cls": b"0"})
    with pytest.raises(DataError, match=r"a.tar: k.png and k.jpg are images of one sample"):
        open_dataset(shard)


def test_a_class_file_beside_a_caption_is_the_label(tmp_path: Path) -> None:
    shard = {"k.txt": b"a cat,\nasleep", "k.png": _encoded(1), "k.json": b'{"label": null}', "k.cls": b"cat"}
    assert open_dataset(_tar(tmp_path / "a.tar", shard)).classes == ("cat",)


@pytest.mark.parametrize("label", [b'{"label": null}', b'{"label": NaN}', b'{"label": ["a"]}', b"[" * 100_000])
def test_a_shards_label_that_names_no_class_is_refused(tmp_path: Path, label: bytes) -> None:
    with pytest.raises(DataError, match=r"k.json"):
        open_dataset(_tar(tmp_path / "a.tar", {"k.png": _encoded(1), "k.json": label}))


def test_numbers_that_shards_hold_out_are_matched_by_name(tmp_path: Path) -> None:
    for split, labels in (("train", "123"), ("val", "0")):
        members = {f"{at}.png": _encoded(at) for at in range(len(labels))}
        members |= {f"{at}.cls": label.encode() for at, label in enumerate(labels)}
        _tar(tmp_path / f"{split}-0.tar", members)
    with pytest.raises(DataError, match=r"\(validation\): 1 labels are not in the list of 3 classes: 0"):
        open_dataset(tmp_path)


def test_unreadable_images_in_shards_are_counted_named_and_skipped_only_when_asked(tmp_path: Path) -> None:
    images = {0: _encoded(0), 1: _encoded(1)[:500], 2: b"", 3: _encoded(3)}
    members = {f"{at}.png": data for at, data in images.items()} | {f"{at}.cls": b"%d" % (at % 2) for at in images}
    _tar(tmp_path / "a.tar", members)
    with pytest.raises(DataError, match=r"2 of 4 image files .*a.tar/1.png \(damaged.*a.tar/2.png \(empty.*--skip-bad"):
        open_dataset(tmp_path / "a.tar")
    dataset = open_dataset(tmp_path / "a.tar", skip_bad=True)
    assert dataset.train.labels.tolist() == [0, 1]
    assert [dataset.train.where(at) for at in (0, 1)] == ["a.tar/0.png", "a.tar/3.png"]
    assert [problem.split(":")[0] for problem in dataset.train.bad.values()] == ["a.tar/1.png", "a.tar/2.png"]
    np.testing.assert_array_equal(dataset.train.read(np.array([1]))[0], picture(3))


def test_any_number_of_shards_is_read_by_any_number_of_threads(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    for number in range(100):
        _shard(tmp_path / f"train-{number:03d}.tar", range(number, number + 1))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (before + 40, hard))
    try:
        source = open_dataset(tmp_path).train
        with ThreadPoolExecutor(8) as pool:
            sizes = list(pool.map(lambda at: len(source.blobs.get(at % 100)), range(400)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(sizes) == 400
    assert len(os.listdir("/proc/self/fd")) <= before + 1


@pytest.mark.parametrize("name", ["Val", "VALIDATION"])
def test_split_folders_of_shards_are_known_whatever_their_case(tmp_path: Path, name: str) -> None:
    _shard(tmp_path / "Train" / "0.tar", range(6))
    _shard(tmp_path / name / "0.tar", range(3))
    dataset = open_dataset(tmp_path)
    assert (len(dataset.train), len(dataset.val)) == (6, 3)
