"""Is a folder of images read as people mean it, and refused in one line where it would go wrong later?"""

from __future__ import annotations

import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from residua.data import Preprocessing, open_dataset
from residua.data.doctor.examine import examine, quick_findings
from residua.data.pixels.quick_check import probe
from residua.data.sources.folder import list_folder
from residua.errors import DataError
from residua.text import natural_key
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
    assert dataset.val.labels.tolist() == [0, 2]  # the missing b must not shift c
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


def _fill(root: Path, *folders: str) -> Path:
    """Write an image of its own into each of the folders."""
    for seed, folder in enumerate(folders):
        write(root / folder / "x.png", picture(seed))
    return root


def test_a_test_folder_without_classes_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    _fill(tmp_path, "train/cat", "train/dog", "test")
    dataset = open_dataset(tmp_path)
    assert (dataset.classes, dataset.test) == (("cat", "dog"), None)
    (note,) = dataset.notes
    assert "test is left out: it has no class folders" in note.message
    assert [finding.message for finding in quick_findings(dataset) if finding.code == "left-out"] == [note.message]
    found = examine(tmp_path)
    assert found.classes == ("cat", "dog")
    assert [finding.message for finding in found.findings if finding.code == "left-out"] == [note.message]


@pytest.mark.parametrize(
    ("folders", "named"),
    [
        (("trian/cat", "trian/dog", "val/cat", "val/dog"), r"\(val\), but there is no train folder"),
        (("val/cat", "val/dog", "test/cat", "test/dog"), r"\(val, test\), but there is no train folder"),
        (("train", "test"), r"\(train, test\), but train has no class folders"),
    ],
)
def test_names_of_splits_never_become_classes(tmp_path: Path, folders: tuple[str, ...], named: str) -> None:
    with pytest.raises(DataError, match=named):
        open_dataset(_fill(tmp_path, *folders))


def test_two_folders_of_one_split_are_named_whatever_their_case(tmp_path: Path) -> None:
    _fill(tmp_path, "Train/cat", "Train/dog", "train/owl", "train/emu")
    with pytest.raises(DataError, match="Train and train: one train folder was expected"):
        open_dataset(tmp_path)


def test_a_link_never_carries_images_into_another_class(folder: Path) -> None:
    (folder / "cat" / "up").symlink_to("..", target_is_directory=True)
    (folder / "dog" / "others").symlink_to("../owl", target_is_directory=True)
    assert np.bincount(open_dataset(folder).train.labels).tolist() == [8, 8, 8]
    (folder / "up").symlink_to("..", target_is_directory=True)
    with pytest.raises(DataError, match="1 of 4 class folders hold no image: up"):
        open_dataset(folder)


def test_a_link_out_of_the_training_folder_does_not_bring_the_test_images_in(tmp_path: Path) -> None:
    _fill(tmp_path, "train/cat", "train/dog", "test/cat", "test/dog")
    (tmp_path / "train" / "cat" / "up").symlink_to("../..", target_is_directory=True)
    assert len(open_dataset(tmp_path).train) == 2


def test_links_to_themselves_or_through_a_file_are_broken_links(folder: Path) -> None:
    for name in ("cat/self", "cat/self.jpg", "self"):
        (folder / name).symlink_to(Path(name).name)
    (folder / "cat" / "n.jpg").symlink_to("1.jpg/x.jpg")
    listing = list_folder(folder)
    assert listing.odd == tuple((name, "a broken link") for name in ("self", "cat/n.jpg", "cat/self.jpg"))
    assert listing.classes == ("cat", "dog", "owl")
    with pytest.raises(DataError, match="3 of 27 image files"):
        open_dataset(folder)
    assert len(open_dataset(folder, skip_bad=True).train) == 24


def test_a_folder_that_cannot_be_listed_is_a_problem_like_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path) == folder / "dog":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    reason = "a folder that cannot be listed: Permission denied"
    assert list_folder(folder).odd == (("dog", reason),)
    with pytest.raises(DataError, match=rf"dog \({reason}\)"):
        open_dataset(folder)
    dataset = open_dataset(folder, skip_bad=True)
    assert dataset.train.bad == {-1: f"dog: {reason}"}
    assert np.bincount(dataset.train.labels).tolist() == [8, 0, 8]


def test_a_folder_that_vanishes_while_it_is_listed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = folder / "cat" / "deep"
    gone.mkdir()
    stat = os.stat

    def vanish(path: Path, **options: object) -> os.stat_result:
        if path == gone and os.path.lexists(gone):
            os.rmdir(gone)
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", vanish)
    assert list_folder(folder).odd == (("cat/deep", "a folder that cannot be listed: No such file or directory"),)


def _png(path: Path, width: int, height: int) -> None:
    """Write a PNG that claims to be that large, with a valid header and end."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _giant_jpeg(path: Path) -> None:
    """Write a JPEG whose frame header, after a long comment, claims 30,000 × 30,000 pixels."""
    data = write(path, picture(0)).read_bytes()
    frame = data.index(b"\xff\xc0")
    data = data[: frame + 5] + struct.pack(">HH", 30_000, 30_000) + data[frame + 9 :]
    path.write_bytes(data[:2] + b"\xff\xfe" + struct.pack(">H", 60_002) + b"c" * 60_000 + data[2:])


def test_an_image_too_large_to_decode_is_refused_before_training(folder: Path) -> None:
    _png(folder / "cat" / "bomb.png", 30_000, 30_000)
    _giant_jpeg(folder / "dog" / "bomb.jpg")
    with pytest.raises(DataError, match="2 of 26 image files") as caught:
        open_dataset(folder)
    for name in ("cat/bomb.png", "dog/bomb.jpg"):
        assert f"{name} (30000 × 30000 pixels" in str(caught.value)


def test_a_jpeg_of_nothing_but_padding_is_probed_in_no_time(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8" + b"\xff" * 20_000_000 + b"\xff\xd9")
    began = time.process_time()
    assert probe(tmp_path / "x.jpg")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["ILSVRC_train.tar", "train.parquet", "stray.arrow"])
def test_class_folders_win_over_an_archive_beside_them(tmp_path: Path, name: str) -> None:
    _fill(tmp_path, "train/cat", "train/dog", "val/cat", "val/dog")
    (tmp_path / name).write_bytes(b"not to be read")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == examine(tmp_path).classes == ("cat", "dog")
    assert len(dataset.val) == 2


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
