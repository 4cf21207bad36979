"""Does the cache give the images of the files, notice every change, and step aside when it cannot be written?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch

from residua.data import ArraySource, Augment, Preprocessing, load_image, open_dataset
from residua.data.feed import choose as feeds
from residua.data.feed.cache import estimate_bytes, open_cache, pack_in_memory
from residua.data.feed.choose import choose_kind, make_feed, measure_workers
from residua.data.feed.loader import Batches
from residua.errors import DataError
from residua.files import temporary_folder
from tests.children import started
from tests.data.conftest import picture, write

SMALL = Preprocessing(24, 32)


def _open(folder: Path, tmp_path: Path, **options):
    return open_cache(open_dataset(folder).train, SMALL, tmp_path / "cache", **options)


@pytest.mark.parametrize("kind", ["memory", "cache"])
@pytest.mark.parametrize("preprocessing", [SMALL, Preprocessing(24, 24, crop="none"), Preprocessing(32, 32)])
def test_packed_images_are_those_of_the_files_within_one_level(folder, tmp_path, kind, preprocessing) -> None:
    plain = open_dataset(folder).train
    feed = make_feed(plain, preprocessing, kind=kind, cache=tmp_path / "cache")
    assert feed.kind == kind
    difference = feed.source.read(np.arange(24), preprocessing).astype(int) - plain.read(np.arange(24), preprocessing)
    assert np.abs(difference).max() <= 1
    one = load_image(folder / plain.where(9), preprocessing).astype(int)
    assert np.abs(feed.source.read(np.array([9]), preprocessing)[0] - one).max() <= 1


def test_memory_and_cache_are_equal_to_the_last_bit(folder: Path, tmp_path: Path) -> None:
    plain = open_dataset(folder).train
    recipe = Augment(resized_crop=0.3, flip="random", jitter=0.3)
    made = []
    for source in (pack_in_memory(plain, SMALL), open_cache(plain, SMALL, tmp_path / "cache")):
        batches = Batches(source, np.arange(24), 8, SMALL, recipe, seed=1)
        made.append(torch.cat([batch.images for batch in batches.epoch(1)]))
    assert torch.equal(*made)


def test_the_second_opening_decodes_nothing(folder: Path, tmp_path: Path) -> None:
    ticks: list[tuple[int, int]] = []
    first = _open(folder, tmp_path, tick=lambda done, total: ticks.append((done, total)))
    assert ticks[-1] == (24, 24)
    assert [done for done, _ in ticks] == list(range(1, 25))
    ticks.clear()
    second = _open(folder, tmp_path, tick=lambda done, total: ticks.append((done, total)))
    assert ticks == []
    np.testing.assert_array_equal(first.pack.pixels, second.pack.pixels)
    assert not second.pack.pixels.flags.writeable


def test_a_changed_file_rebuilds_the_cache(folder: Path, tmp_path: Path) -> None:
    before = _open(folder, tmp_path).read(np.array([0]), SMALL)
    write(folder / open_dataset(folder).train.where(0), picture(999, 40, 36))
    after = _open(folder, tmp_path).read(np.array([0]), SMALL)
    assert not np.array_equal(before, after)
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("name", ["pixels.bin", "index.npz"])
def test_a_damaged_cache_is_rebuilt(folder: Path, tmp_path: Path, name: str) -> None:
    whole = _open(folder, tmp_path).read(np.arange(24), SMALL)
    (cache,) = (tmp_path / "cache").iterdir()
    (cache / name).write_bytes((cache / name).read_bytes()[:100])
    np.testing.assert_array_equal(_open(folder, tmp_path).read(np.arange(24), SMALL), whole)


@pytest.mark.parametrize("spoil", [bytes, lambda n: b"\xa5" * n])
def test_what_a_disk_has_lost_of_a_cache_is_decoded_again(folder: Path, tmp_path: Path, spoil) -> None:
    whole = _open(folder, tmp_path).read(np.arange(24), SMALL)
    (cache,) = (tmp_path / "cache").iterdir()
    with open(cache / "pixels.bin", "r+b") as file:
        file.seek(4096)
        file.write(spoil(8192))
    spoilt = _open(folder, tmp_path)
    lost = [index for index in range(24) if spoilt.pack.image(index) is None]
    assert 2 <= len(lost) <= 5
    assert np.abs(spoilt.read(np.arange(24), SMALL).astype(int) - whole).max() <= 1


def test_a_very_long_image_is_not_packed_and_still_read(folder: Path, tmp_path: Path) -> None:
    line = picture(7, 40, 1).repeat(500, axis=1)  # 20,000 × 1
    write(folder / "cat" / "line.png", line)
    write(folder / "dog" / "column.png", line.transpose(1, 0, 2))
    source = open_dataset(folder).train
    packed = pack_in_memory(source, SMALL)
    long = [index for index in range(26) if "line" in source.where(index) or "column" in source.where(index)]
    assert [index for index in range(26) if packed.pack.image(index) is None] == long
    assert abs(estimate_bytes(source, SMALL) - packed.pack.pixels.nbytes) < 0.1 * packed.pack.pixels.nbytes
    np.testing.assert_array_equal(packed.read(np.array(long), SMALL), source.read(np.array(long), SMALL))
    square = Preprocessing(24, 24, crop="none")  # squeezed into a square, it is no longer than others
    assert pack_in_memory(source, square).pack.pixels.nbytes == 26 * 24 * 24 * 3


def test_other_data_or_another_size_get_a_cache_of_their_own(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "pets"
    for name in ("cat", "dog", "owl"):
        for image in range(8):
            write(other / name / f"{image}.{'jpg' if image % 2 else 'png'}", picture(image + 5000))
    source = open_dataset(folder).train
    open_cache(source, SMALL, tmp_path / "cache")
    open_cache(source, Preprocessing(20, 28), tmp_path / "cache")
    open_cache(source, Preprocessing(28, 32), tmp_path / "cache")  # another crop of the same pixels
    open_cache(open_dataset(other).train, SMALL, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_a_failed_build_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    source = open_dataset(folder).train
    (folder / source.where(20)).unlink()
    with pytest.raises(DataError, match=source.where(20)):
        open_cache(source, SMALL, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    source.skip_bad = True
    cached = open_cache(source, SMALL, tmp_path / "cache")
    _, valid = cached.read_valid(np.arange(24), SMALL)
    assert np.flatnonzero(~valid).tolist() == [20]


def test_a_killed_build_is_cleared_away_by_the_next(folder: Path, tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from residua.data import open_dataset, Preprocessing\n"
        "from residua.data.feed.cache import open_cache\n"
        "kill = lambda done, total: os.kill(os.getpid(), signal.SIGKILL)\n"
        "open_cache(open_dataset(sys.argv[1]).train, Preprocessing(24, 32), pathlib.Path(sys.argv[2]), kill)\n"
    )
    cache = tmp_path / "cache"
    killed = subprocess.run([sys.executable, "-c", code, str(folder), str(cache)], env=os.environ, check=False)
    assert killed.returncode == -9
    (left,) = cache.iterdir()
    assert left.name.startswith(".pets-")
    (cache / f"{left.name.rpartition('.')[0]}.4711").mkdir()  # named by a process, as before
    (cache / ".config").mkdir()  # somebody else's
    for path in cache.iterdir():
        os.utime(path, (time.time() - 120,) * 2)
    _open(folder, tmp_path)
    assert sorted(path.name[0] for path in cache.iterdir()) == [".", "p"]
    assert (cache / ".config").is_dir()


def test_a_draft_that_is_being_written_is_left_alone(folder: Path, tmp_path: Path) -> None:
    name = "pets-" + 20 * "a"
    (tmp_path / "cache").mkdir()
    with temporary_folder(tmp_path / "cache", name) as one, temporary_folder(tmp_path / "cache", name) as two:
        assert one != two
        os.utime(one, (time.time() - 3600,) * 2)
        _open(folder, tmp_path)
        assert one.is_dir()
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_full_disk_falls_back_to_decoding_and_says_so(folder: Path, tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("residua.data.feed.cache._flush", full)
    feed = make_feed(open_dataset(folder).train, SMALL, kind="cache", cache=tmp_path / "cache")
    assert feed.kind == "decode"
    assert "No space left" in feed.note
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(feed.source.read(np.arange(24), SMALL)) == 24


def test_a_cache_folder_that_cannot_be_made_falls_back(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    feed = make_feed(open_dataset(folder).train, SMALL, kind="cache", cache=tmp_path / "file" / "cache")
    assert feed.kind == "decode"
    assert "decoding at every epoch" in feed.note


def test_the_size_is_told_beforehand(folder: Path, tmp_path: Path, monkeypatch) -> None:
    source = open_dataset(folder).train
    estimate = estimate_bytes(source, SMALL)
    actual = open_cache(source, SMALL, tmp_path / "cache").pack.pixels.nbytes
    assert abs(estimate - actual) < 0.1 * actual
    assert choose_kind(source, SMALL, tmp_path)[0] == "memory"
    monkeypatch.setattr(feeds, "MEMORY_LIMIT", 1000)
    kind, size, note = choose_kind(source, SMALL, tmp_path)
    assert (kind, size) == ("cache", estimate)
    assert "MiB" in note
    monkeypatch.setattr(feeds, "_free_disk", lambda _: 1000)
    assert choose_kind(source, SMALL, tmp_path)[0] == "decode"
    arrays = ArraySource(np.zeros((2, 8, 8), np.uint8), [0, 1], "ab")
    assert make_feed(arrays, SMALL).source is arrays


def test_two_processes_build_the_same_cache_without_harm(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, numpy as np\n"
        "from residua.data import open_dataset, Preprocessing\n"
        "from residua.data.feed.cache import open_cache\n"
        "p = Preprocessing(24, 32)\n"
        "s = open_cache(open_dataset(sys.argv[1]).train, p, pathlib.Path(sys.argv[2]))\n"
        "print(int(s.read(np.arange(24), p).astype(int).sum()))\n"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "cache")]
    with ExitStack() as stack:
        running = [stack.enter_context(started(command, stdout=subprocess.PIPE)) for _ in range(3)]
        sums = {process.communicate(timeout=60)[0] for process in running}
    assert len(sums) == 1
    assert sums.pop().strip().isdigit()
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_workers_are_measured(folder: Path) -> None:
    assert 1 <= measure_workers(open_dataset(folder).train, SMALL) <= 2 * (os.cpu_count() or 1)
    assert measure_workers(open_dataset("digits").train, SMALL) == 1
