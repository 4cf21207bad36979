"""Does a training keep to the pixels that it began with, and is what is held out read before the first epoch?"""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from residua.data import Preprocessing, open_dataset
from residua.data.feed.cache import PackedSource
from residua.data.feed.choose import hold
from residua.data.feed.loader import Batches
from residua.errors import DataError, TrainError
from residua.train.distributed import ALONE, World
from residua.train.engine import train
from residua.train.log import Log
from residua.train.measure.mistakes import worst_mistakes
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import prepare
from residua.train.setup.weights import find_start
from tests.children import started

SMALL = Preprocessing(16, 20)


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes of photographs to train on and a test split, each of its own size; the cache is the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for split, count in (("train", 24), ("test", 6)):
        for name, shade in (("dark", 40), ("light", 180)):
            folder = tmp_path / "set" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(shade - 40, shade + 40, (30 + number, 41, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "set"


def settings(pictures: Path, **changes) -> TrainConfig:
    plain = {"model": "resnet8", "data": str(pictures), "size": 16, "epochs": 2, "batch": 16}
    return TrainConfig(**plain, augment="resized_crop=0.3,flip=random", **changes)


def pixels_of(config: TrainConfig) -> torch.Tensor:
    return torch.cat([batch.images for batch in prepare(config, ALONE, find_start(config).spec).train.epoch(0)])


def test_what_is_held_is_what_decoding_gives_and_the_rest_is_read_where_it_lies(pictures):
    source = open_dataset(pictures).train
    some = np.arange(5, 30)
    held = hold(source, some, SMALL)
    assert isinstance(held, PackedSource)
    for indices in (some[::-1], np.array([7, 7, 12]), np.array([6, 2]), np.arange(0)):
        for preprocessing in (SMALL, Preprocessing(12, 20)):
            ours, theirs = held.read_valid(indices, preprocessing), source.read_valid(indices, preprocessing)
            assert np.array_equal(ours[0], theirs[0])
            assert np.array_equal(ours[1], theirs[1])
    assert held.where(3) == source.where(3)


@pytest.mark.parametrize(
    ("reading", "most"), [("memory", 4), ("cache", 32), pytest.param("decode", 8, marks=pytest.mark.slow)]
)
def test_processes_that_prepare_at_once_share_the_cores(pictures, monkeypatch, reading, most):
    deep = np.random.default_rng(0).integers(0, 4096, (40, 40)).astype(np.uint16)
    Image.fromarray(deep).save(pictures / "train" / "dark" / "0.png")
    threads: dict[str, list[int]] = {}

    class Noted(ThreadPoolExecutor):
        def __init__(self, count):
            threads.setdefault(sys._getframe(1).f_globals["__name__"].rpartition(".")[2], []).append(count)
            super().__init__(1)

    for module in ("feed.cache", "feed.choose", "pixels.depth"):
        monkeypatch.setattr(f"residua.data.{module}.ThreadPoolExecutor", Noted)
    for module in ("data.feed.cache", "data.feed.choose", "train.setup.data"):
        monkeypatch.setattr(f"residua.{module}.cores", lambda: 32)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    config = settings(pictures, reading=reading, grouping="none")
    prepare(config, World(sharing=8), find_start(config).spec)
    assert threads["depth"] == [4]
    # one process alone builds a cache, before the others; decoding is tried with up to twice the share
    assert max(itertools.chain(*threads.values())) == most
    if reading != "cache":
        assert set(threads["cache"]) == {4}  # the test images, which all hold at once


def test_a_damaged_test_image_is_told_before_the_first_epoch(pictures, tmp_path):
    damaged = sorted((pictures / "test" / "light").iterdir())[2]
    content = damaged.read_bytes()
    middle = len(content) // 2
    damaged.write_bytes(content[:middle] + bytes(200) + content[middle + 200 :])  # head and end as before
    rows: list[dict] = []
    with pytest.raises(DataError, match=damaged.name):
        train(settings(pictures), tmp_path / "run", log=Log(epoch=rows.append))
    assert rows == []
    assert not (tmp_path / "run" / "config.toml").exists()
    outcome = train(settings(pictures, skip_bad=True), tmp_path / "run")
    assert outcome.held.evaluation.samples == 11


def test_held_out_images_beyond_memory_come_from_a_cache_as_decoding_gives_them(pictures, monkeypatch):
    monkeypatch.setattr("residua.data.feed.choose._free_memory", lambda: 0)
    both = {kind: settings(pictures, reading=kind, val_fraction=0.25) for kind in ("decode", "cache")}
    decoded, cached = (prepare(config, ALONE, find_start(config).spec) for config in both.values())
    for ours, theirs in ((cached.val, decoded.val), (cached.test, decoded.test)):
        assert (type(ours.source) is PackedSource) > (type(theirs.source) is PackedSource)
        asked = ours.indices, ours.preprocessing
        assert np.array_equal(ours.source.read_valid(*asked)[0], theirs.source.read_valid(*asked)[0])
        assert ours.source.pack.heights[ours.indices].all()
        assert len(next(ours.epoch(0)).labels) == len(ours.indices)


def test_evaluating_goes_on_where_a_whole_batch_cannot_be_read(pictures):
    source = open_dataset(pictures).train
    for index in (4, 5):
        (pictures / "train" / source.where(index).removeprefix("train/")).unlink()
    source.skip_bad = True
    batches = Batches(source, np.arange(8), batch=2, preprocessing=SMALL)
    assert [len(batch.labels) for batch in batches.epoch(0)] == [2, 2, 0, 2]


def undecodable() -> bytes:
    """Return a PNG that is whole, and whose three bits a pixel of a palette no decoder knows."""
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "PNG", bits=4)
    data = bytearray(out.getvalue())
    data[24] = 3
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_a_test_image_that_only_decoding_finds_damaged_is_left_out_of_all_that_a_run_says(pictures, tmp_path):
    (pictures / "test" / "dark" / "3.png").write_bytes(undecodable())
    run = train(settings(pictures, skip_bad=True).changed(epochs=1), tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["samples"] == 11
    assert run.held.batches.source.where(3) == "dark/3.png"
    assert run.held.batches.indices.tolist() == [0, 1, 2, *range(4, 12)]
    assert worst_mistakes(run.held.batches, -run.held.logits, run.held.labels, ("dark", "light"))


def test_the_way_of_reading_is_a_runs_own_and_outlives_a_full_disk(pictures, tmp_path, monkeypatch):
    """Crops of a decoded image that is held have other pixels than crops of the file."""
    direct = pixels_of(settings(pictures, reading="decode"))
    held, cached = (pixels_of(settings(pictures, reading=kind)) for kind in ("memory", "cache"))
    assert torch.equal(held, cached)
    assert not torch.equal(held, direct)

    def stop(step):
        if step.seen >= 32:
            os.kill(os.getpid(), signal.SIGTERM)

    stopped = train(settings(pictures), tmp_path / "run", log=Log(step=stop))
    assert not stopped.finished
    assert Run.open(tmp_path / "run").config.reading == "memory"
    monkeypatch.setattr("residua.data.feed.choose._free_memory", lambda: 0)  # what is chosen afresh is no longer memory
    resumed = train(Run.open(tmp_path / "run").config, tmp_path / "run", resume=True)
    whole = train(settings(pictures, reading="memory"), tmp_path / "whole")
    same = zip(resumed.run.rows(), whole.run.rows(), strict=True)
    assert all(ours["loss"] == theirs["loss"] for ours, theirs in same)

    blocked = tmp_path / "cache"
    for path in sorted(blocked.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    blocked.rmdir()
    blocked.write_text("in the way")
    with pytest.raises(TrainError, match="--reading cache was asked for"):
        pixels_of(settings(pictures, reading="cache"))


def test_files_by_other_names_are_other_images(pictures, tmp_path):
    def stop(step):
        os.kill(os.getpid(), signal.SIGTERM)

    train(settings(pictures), tmp_path / "run", log=Log(step=stop))
    (pictures / "train" / "dark" / "3.png").rename(pictures / "train" / "dark" / "3b.png")
    with pytest.raises(TrainError, match="not those that"):
        train(Run.open(tmp_path / "run").config, tmp_path / "run", resume=True)


def test_an_interrupted_look_at_the_data_ends_with_three_and_a_word(pictures):
    stub = "lambda *a, **k: (print('here', flush=True), time.sleep(60))"
    slow = f"import sys, time, residua.data.doctor.examine as doctor; doctor.examine = {stub}"
    program = f"{slow}; from residua.cli.app import main; sys.exit(main(['data', sys.argv[1]]))"
    words = [sys.executable, "-c", program, str(pictures)]
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.send_signal(signal.SIGINT)
        _, stderr = child.communicate(timeout=60)
    assert child.returncode == 3
    assert stderr.strip() == "residua: interrupted"
