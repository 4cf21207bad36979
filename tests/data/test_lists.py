"""Are lists of images and tar shards read as meant, and is every wrong line named?"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from residua.data import Preprocessing, open_dataset
from residua.errors import DataError
from tests.data.conftest import picture, write

SMALL = Preprocessing(16, 16)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for number in range(6):
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
    assert dataset.validation.labels.tolist() == [1]
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
    (images / "list.csv").write_text("all images/0.png,cow\nall images/0.png,7\n")
    with pytest.raises(DataError, match="2 labels are not in the list of 2 classes: 7, cow"):
        open_dataset(images / "list.csv")


def test_bad_json_is_named(images: Path) -> None:
    (images / "list.jsonl").write_text('{"path": "all images/0.png", "label": 3}\n{oops}\n')
    with pytest.raises(DataError, match="line 2 is not JSON"):
        open_dataset(images / "list.jsonl")


def _shard(path: Path, numbers: range, label: str = "cls") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for number in numbers:
            file = io.BytesIO()
            from PIL import Image

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
    assert len(dataset.validation) == 3
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
