"""Is a folder of images read as people mean it, and refused in one line where it would go wrong later?"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from residua.data import Preprocessing, open_dataset
from residua.data.folder import list_folder, natural_key
from residua.errors import DataError
from tests.data.conftest import picture, write


def test_one_folder_a_class(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert dataset.classes == ("cat", "dog", "owl")
    assert np.bincount(dataset.train.labels).tolist() == [8, 8, 8]
    assert dataset.test is None
    assert dataset.train.read(np.arange(24), Preprocessing(16, 20)).shape == (24, 16, 16, 3)


def test_numeric_folders_are_in_natural_order(tmp_path: Path) -> None:
    for name in ("10", "9", "0", "1", "2"):
        write(tmp_path / name / "a.png", picture(int(name)))
    assert open_dataset(tmp_path).classes == ("0", "1", "2", "9", "10")
    assert sorted(["b10", "B2", "b1", "a"], key=natural_key) == ["a", "b1", "B2", "b10"]


def test_splits_are_matched_by_name_not_by_position(tmp_path: Path) -> None:
    for split, names in (("train", "abc"), ("val", "ac"), ("test", "c")):
        for name in names:
            write(tmp_path / split / name / "x.png", picture(1))
    dataset = open_dataset(tmp_path)
    assert dataset.validation.labels.tolist() == [0, 2]  # the missing b must not shift c
    assert dataset.test.labels.tolist() == [2]
    assert dataset.test.classes == ("a", "b", "c")
    write(tmp_path / "test" / "zebra" / "x.png", picture(1))
    with pytest.raises(DataError, match="zebra"):
        open_dataset(tmp_path)


def test_unreadable_files_are_counted_named_and_skipped_only_when_asked(folder: Path) -> None:
    whole = (folder / "cat" / "1.jpg").read_bytes()
    (folder / "cat" / "1.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "dog" / "0.png").write_bytes(b"")
    (folder / "dog" / "1.jpg").write_bytes(b"<html>not found</html>")
    (folder / "owl" / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    os.mkfifo(folder / "owl" / "pipe.png")
    with pytest.raises(DataError, match="5 of 26 image files") as caught:
        open_dataset(folder)
    for name in ("cat/1.jpg", "dog/0.png", "dog/1.jpg", "owl/gone.jpg", "owl/pipe.png", "--skip-bad"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    dataset = open_dataset(folder, skip_bad=True)
    assert len(dataset.train) == 21
    assert len(dataset.train.bad) == 5


def test_a_class_folder_without_images_is_an_error(folder: Path) -> None:
    (folder / "emu").mkdir()
    (folder / "emu" / "notes.txt").write_text("none yet")
    with pytest.raises(DataError, match="emu"):
        open_dataset(folder)


def test_images_without_class_folders_are_explained(tmp_path: Path) -> None:
    write(tmp_path / "a.png", picture(0))
    with pytest.raises(DataError, match="1 images but no class folder"):
        open_dataset(tmp_path)


def test_unicode_spaces_hidden_files_and_nested_folders(tmp_path: Path) -> None:
    write(tmp_path / "Schöne Blume" / "ein Bild.png", picture(0))
    write(tmp_path / "花" / "deep" / "er" / "一.jpg", picture(1))
    write(tmp_path / ".thumbnails" / "x.png", picture(2))
    write(tmp_path / "花" / ".hidden.png", picture(2))
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("Schöne Blume", "花")
    assert len(dataset.train) == 2


def test_a_link_that_leads_back_up_does_not_loop(folder: Path) -> None:
    (folder / "cat" / "again").symlink_to(folder / "cat", target_is_directory=True)
    assert len(open_dataset(folder).train) == 24


def test_a_file_that_vanishes_while_training_is_named_or_skipped(folder: Path) -> None:
    dataset = open_dataset(folder)
    (folder / dataset.train.where(3)).unlink()
    with pytest.raises(DataError, match=dataset.train.where(3)):
        dataset.train.read(np.arange(5), Preprocessing(16, 16))
    dataset.train.skip_bad = True
    images, valid = dataset.train.read_valid(np.arange(5), Preprocessing(16, 16))
    assert valid.tolist() == [True, True, True, False, True]
    assert len(images) == 4
    assert 3 in dataset.train.bad


def test_nothing_is_written_into_the_folder(folder: Path) -> None:
    before = sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))
    dataset = open_dataset(folder)
    dataset.train.read(np.arange(24), Preprocessing(16, 16))
    assert sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")) == before


@pytest.mark.slow
def test_200_000_files_are_listed_in_under_three_seconds(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / "many" / f"class{number}").mkdir(parents=True)
        for image in range(1000):
            (tmp_path / "many" / f"class{number}" / f"{image}.png").touch()
    began = time.process_time()  # of the processor, so that other programs do not count
    listing = list_folder(tmp_path / "many")
    assert time.process_time() - began < 3
    assert len(listing.files) == 200_000
    assert listing.files[999] == "class0/999.png"
