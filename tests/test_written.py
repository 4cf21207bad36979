"""Does every option that writes a file refuse one that is there, and say how it may be replaced?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.metadata import Meta
from residua.spec import ResNetSpec

MINE = "of the user\n"
SPEC = ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=2)
BLOCK = "import torch.nn as nn\nclass Block(nn.Module):\n    def forward(self, x):\n        return x + x\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network, images, code, and what is to stay as it is."""
    from residua.nn import build
    from residua.weights.files import native

    folder = tmp_path_factory.mktemp("home")
    native.save(folder / "net.safetensors", build(SPEC), SPEC, Meta())
    for number in range(4):
        (folder / "images" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        levels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(levels).save(folder / "images" / "ab"[number % 2] / f"{number}.png")
    (folder / "block.py").write_text(BLOCK, encoding="utf-8")
    for name in ("mine.svg", "mine.html", "mine.csv", "mine.safetensors", "cost.csv"):
        (folder / name).write_text(MINE, encoding="utf-8")
    for run in ("run", "run-2"):
        (folder / run).mkdir()
        (folder / run / "config.toml").write_text('data = "digits"\n', encoding="utf-8")
        (folder / run / "log.jsonl").write_text(json.dumps({"epoch": 1, "val_top1": 0.5}) + "\n", encoding="utf-8")
    (folder / "run-lr.png").write_text(MINE, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["convert", "net.safetensors", "mine.safetensors"],
        ["inspect", "net.safetensors", "--write", "mine.safetensors"],
        ["summary", "resnet8", "--diagram", "mine.svg"],
        ["data", "images", "--out", "mine.html"],
        ["predict", "net.safetensors", "images", "--out", "mine.csv"],
        ["evaluate", "net.safetensors", "--data", "images", "--out", "mine.csv"],
        ["evaluate", "net.safetensors", "--data", "images", "--mistakes", "mine.html"],
        ["train", "--compare", "run", "run-2", "--out", "mine.html"],
    ],
    ids=lambda words: f"{words[0]} {words[-2]}",
)
def test_a_file_that_is_there_is_replaced_only_where_that_is_typed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(home)
    assert main(words) == 2
    shown = capsys.readouterr().err.splitlines()
    assert shown[-1] == f"residua: {words[-1]} exists already; --overwrite replaces it"
    assert (home / words[-1]).read_text(encoding="utf-8") == MINE


def test_a_study_replaces_no_file_of_its_names_that_is_not_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    assert main(["study", "cost", "--networks", "resnet8", "--out", "."]) == 2
    assert capsys.readouterr().err == "residua: cost.csv exists already; --overwrite replaces it\n"
    assert (home / "cost.csv").read_text(encoding="utf-8") == MINE


@pytest.mark.parametrize("place", ["images", "/dev/full", "/dev/null"])
@pytest.mark.parametrize(
    "words",
    [
        ["convert", "net.safetensors"],
        ["inspect", "net.safetensors", "--write"],
        ["train", "--compare", "run", "run-2", "--out"],
    ],
    ids=lambda words: words[0],
)
def test_a_folder_or_a_device_is_never_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], place: str
) -> None:
    monkeypatch.chdir(home)
    assert main([*words, place, "--overwrite"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["train", "resnet8", "--data", "images", "--out", "run", "--overwrite"],
        ["train", "resnet8", "--data", "images", "--out", "run"],
        ["export", "net.safetensors", "--to", "onnx", "--out", "run"],
    ],
    ids=["train --overwrite", "train", "export"],
)
def test_a_run_and_an_artifact_replace_nothing_whatever_is_typed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(home)
    before = sorted(path.name for path in (home / "run").iterdir())
    assert main(words) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert sorted(path.name for path in (home / "run").iterdir()) == before
