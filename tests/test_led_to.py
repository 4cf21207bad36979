"""Is a pipe in the place of any file that a file leads to refused instead of waited for?"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

import residua
from residua.cli.app import main
from residua.metadata import Meta
from residua.preprocessing import Preprocessing
from residua.weights.files import native

SPEC = residua.ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=2)
IDX = tuple(f"{split}-{kind}" for split in ("train", "t10k") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"))
CIFAR = ("batches.meta", "test_batch", *(f"data_batch_{number}" for number in range(1, 6)))

FOLDERS = ("images/a", "images/b", "index", "beside", "run/checkpoints", "half", "compared", "settings", "idx")
FOLDERS += ("cifar-10-batches-py", "shards", "artifact")
PIPES = ("index/one.safetensors", "beside/config.json", "run/log.jsonl", "half/model.safetensors", "compared/log.jsonl")
PIPES += ("run/checkpoints/launch", "run/checkpoints/step-000000001.safetensors", "settings/config.toml")
PIPES += ("listed/pipe.png", "labels.csv", "a.parquet", "shards/0.tar", "artifact/manifest.json")
PIPES += tuple(f"idx/{name}" for name in IDX) + tuple(f"cifar-10-batches-py/{name}" for name in CIFAR)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one of everything that leads to other files; these are pipes."""
    folder = tmp_path_factory.mktemp("home")
    network = residua.build(SPEC)
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    native.save(folder / "net.safetensors", network, SPEC, Meta(("a", "b"), Preprocessing.plain(8, 3).to_dict()))
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for number in range(4):
        levels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(levels).save(folder / "images" / "ab"[number % 2] / f"{number}.png")
    places = dict.fromkeys(state, "one.safetensors")
    (folder / "index" / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    save_file(state, folder / "beside" / "model.safetensors")
    for run in ("run", "half", "compared"):
        (folder / run / "config.toml").write_text('data = "digits"\n')
    shutil.copytree(folder / "images", folder / "listed")
    (folder / "listed" / "list.csv").write_text("path,label\npipe.png,a\na/0.png,b\n")
    for name in PIPES:
        os.mkfifo(folder / name)
    return folder


@pytest.fixture(autouse=True)
def unwaited(home: Path) -> Iterator[None]:
    """Fail a test that waits for a pipe: after a minute each gets a writer who says nothing."""
    waited: list[Path] = []

    def say_nothing() -> None:
        for name in PIPES:
            os.close(os.open(home / name, os.O_RDWR | os.O_NONBLOCK))
        waited.append(home)

    watch = threading.Timer(60, say_nothing)
    watch.start()
    yield
    watch.cancel()
    assert not waited


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inspect", "index"], "one.safetensors is a named pipe"),
        (["convert", "index", "out.safetensors"], "one.safetensors is a named pipe"),
        (["inspect", "beside"], "config.json is not a regular file"),
        (["predict", "half", "images"], "half "),
        (["evaluate", "half"], "half "),
        (["export", "half", "--to", "onnx", "--out", "out"], "half "),
        (["serve", "half"], "half "),
        (["summary", "half"], "half "),
        (["train", "--resume", "settings"], "settings is not a run folder"),
        (["train", "--resume", "run"], "no checkpoint in run/checkpoints can be read"),
        (["train", "--compare", "compared", "compared"], "log.jsonl is not a regular file"),
        (["train", "half", "--data", "digits", "--out", "new"], "half "),
        (["data", "labels.csv"], "labels.csv is not a regular file"),
        (["data", "a.parquet"], "a.parquet is not a regular file"),
        (["data", "shards"], "shards"),
        (["data", "idx"], "idx"),
        (["data", "cifar10", "--root", "."], "cifar-10-batches-py"),
        (["data", "listed/list.csv"], "pipe.png"),
        (["predict", "artifact", "images"], "manifest.json is not a regular file"),
        (["serve", "artifact"], "manifest.json is not a regular file"),
        (["predict", "net.safetensors", "labels.csv"], "labels.csv"),
        (["predict", "net.safetensors", "listed/pipe.png"], "listed/pipe.png"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_pipe_is_refused_and_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(home)
    assert main(words) in (1, 2)
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert "Traceback" not in shown.err
