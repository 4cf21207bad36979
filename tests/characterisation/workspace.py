"""Which files do the recorded commands work on? All are made here, small, and the same on every machine."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import residua
from residua.cli.app import main

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared"
TRAINING = "train --epochs 2 --lr 0.005 --precision fp32 --out run --quiet"
TABLE = "file,label\npets/cat/0.png,cat\npets/dog/0.png,dog\npets/owl/0.png,owl\nnowhere.png,owl\n"
LOOP = """from torch import nn


class LoopBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        while True:
            pass
"""


def prepare(folder: Path) -> None:
    """Fill `folder` with sources, images and checkpoints, whole and damaged ones."""
    _sources(folder)
    _images(folder)
    _checkpoints(folder)
    _damaged(folder)
    if SHARED.is_dir():
        (folder / "shared").symlink_to(SHARED)


def train(folder: Path) -> None:
    """Add `run`, a run folder of two epochs on handwritten digits. The current folder must be `folder`.

    Its learning rate is low, since what rounding does to a network grows with it.
    """
    assert main(TRAINING.split()) == 0
    (folder / "young").mkdir()
    shutil.copy(folder / "run/config.toml", folder / "young/config.toml")


def _sources(folder: Path) -> None:
    for number in ("000", "001", "002", "004"):
        shutil.copy(next(TESTS.rglob(f"seed{number}.py")), folder / f"seed{number}.py")
    (folder / "nothing.py").write_text("ANSWER = 42\n", encoding="utf-8")
    (folder / "syntax.py").write_text("class Block(:\n", encoding="utf-8")
    (folder / "raises.py").write_text("raise RuntimeError('not today')\n", encoding="utf-8")
    (folder / "imports.py").write_text("import no_such_package\n", encoding="utf-8")
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")
    cell = {"cell_type": "code", "source": (folder / "seed004.py").read_text(encoding="utf-8"), "metadata": {}}
    book = {"cells": [cell | {"outputs": [], "execution_count": None}], "metadata": {}, "nbformat": 4}
    (folder / "book.ipynb").write_text(json.dumps(book | {"nbformat_minor": 5}, indent=1), encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")


def _picture(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """Return a smooth random colour picture."""
    tiles = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(np.kron(tiles, np.ones((height // 5, width // 6 + 1, 1), np.uint8))[:, :width])


def _images(folder: Path) -> None:
    """Make `pets`, with faults, `birds`, clean and in three splits, and `mixed`, for predicting."""
    for label, name in enumerate(("cat", "dog", "owl")):
        (folder / "pets" / name).mkdir(parents=True)
        for number in range(6):
            _picture(100 * label + number, 40 + 3 * number).save(folder / "pets" / name / f"{number}.png")
        for place, split in enumerate(("train", "val", "test")):
            (folder / "birds" / split / name).mkdir(parents=True)
            for number in range(6 - 2 * place):
                picture = _picture(1000 + 100 * label + 10 * place + number)
                picture.save(folder / "birds" / split / name / f"{number}.png")
    shutil.copy(folder / "pets/cat/0.png", folder / "pets/dog/again.png")
    (folder / "pets/owl/broken.png").write_bytes((folder / "pets/owl/0.png").read_bytes()[:60])
    (folder / "pets/owl/text.png").write_text("no image", encoding="utf-8")
    (folder / "pets.csv").write_text(TABLE, encoding="utf-8")
    (folder / "mixed").mkdir()
    for seed in range(2):  # two that no class ties for
        _picture(seed, 12, 10).convert("L").save(folder / "mixed" / f"{seed}.png")
    (folder / "mixed/bad.png").write_text("no image", encoding="utf-8")
    (folder / "empty").mkdir()


def _checkpoints(folder: Path) -> None:
    """Write whole checkpoints: ours, torchvision's layout, training state, NaN, and networks that are no ResNets."""
    generator = torch.Generator().manual_seed(0)
    state = residua.build("resnet8").state_dict()
    for tensor in state.values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) * 0.2 + 0.05)
    torch.save(state, folder / "small.pth")
    wrapped = {f"module.{key}": tensor for key, tensor in state.items()}
    torch.save({"epoch": 3, "state_dict": wrapped, "optimizer": {"lr": 0.1}}, folder / "training.pth")
    torch.save({"a": state, "b": state}, folder / "two.pth")
    torch.save(state | {"fc.bias": torch.full_like(state["fc.bias"], float("nan"))}, folder / "nan.pth")
    torch.save({key: value for key, value in state.items() if "layer2" not in key}, folder / "gap.pth")
    torch.save(nn.TransformerEncoderLayer(16, 2, 32).state_dict(), folder / "transformer.pth")
    torch.save(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).state_dict(), folder / "mlp.pth")
    assert main(["convert", str(folder / "small.pth"), str(folder / "small.safetensors")]) == 0


class _Evil:
    """A pickle of it runs a command, where a reader lets it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch touched",)


def _damaged(folder: Path) -> None:
    """Write files that no verb can open."""
    whole = (folder / "small.pth").read_bytes()
    (folder / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (folder / "none.pth").write_bytes(b"")
    (folder / "zeros.pth").write_bytes(bytes(1000))
    (folder / "text.pth").write_text("these are no weights", encoding="utf-8")
    (folder / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (folder / "bad.safetensors").write_bytes(b"nothing of the kind")
    (folder / "evil.pkl").write_bytes(pickle.dumps(_Evil(), 2))
    with zipfile.ZipFile(folder / "holiday.zip", "w") as archive:
        archive.writestr("holiday.txt", "sun")
