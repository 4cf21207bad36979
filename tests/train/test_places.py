"""Does a run find its images from any directory, and is what cannot work refused before anything is decoded?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from residua.train.run_folder import Run

SHORT = ["--epochs", "1", "--batch", "8", "--precision", "fp32"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a run on `pets`, as it is typed there, while another `pets` lies in `elsewhere`."""
    rng = np.random.default_rng(0)
    for place, classes in (("pets", "ab"), ("elsewhere/pets", "ab")):
        for name in classes:
            for number in range(6):
                (tmp_path / place / name).mkdir(parents=True, exist_ok=True)
                pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / place / name / f"{number}{place[0]}.png")
    monkeypatch.chdir(tmp_path)
    assert main(["train", "resnet8", "--data", "pets", "--out", "run", "--quiet", *SHORT]) == 0
    return tmp_path


def test_a_run_finds_its_images_from_any_directory_and_says_when_they_are_gone(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Run(home / "run").config
    assert (config.data, config.data_path) == ("pets", str(home / "pets"))
    assert main(["evaluate", "run", "--json"]) == 0
    at_home = json.loads(capsys.readouterr().out)
    monkeypatch.chdir(home / "elsewhere")  # where `pets` means other images
    for words in (["evaluate", "../run", "--json"], ["evaluate", "../run", "--data", "../pets", "--json"]):
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out) == at_home  # the held-out ones alone, not all
    assert main(["train", "--resume", "../run"]) == 0
    assert main(["train", "--resume", "../run", "--data", "pets"]) == 2
    assert "put the data back" in capsys.readouterr().err

    shutil.move(home / "pets", home / "moved")
    shutil.rmtree(home / "elsewhere" / "pets")
    for words, mend in (
        (["train", "--resume", "../run"], "with --resume ../run --data PATH"),
        (["evaluate", "../run"], "name the images with --data"),
    ):
        assert main(words) == 2
        assert f"../run was trained on pets, which lay at {home / 'pets'} and is gone" in (
            error := capsys.readouterr().err
        )
        assert mend in error
    capsys.readouterr()
    assert main(["evaluate", "../run", "--data", "../moved", "--json"]) == 0
    moved = capsys.readouterr()
    assert json.loads(moved.out) == at_home
    assert "note: these images are those of the training, elsewhere: those that it held out are measured" in moved.err
    assert main(["train", "--resume", "../run", "--data", "../moved"]) == 0
    assert Run(home / "run").config.data_path == str(home / "moved")


def test_what_cannot_work_is_refused_before_anything_is_decoded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "pets" / "a" / "broken.png").write_bytes(b"")  # decoding would find it first
    Path("run-2").mkdir()
    capsys.readouterr()
    assert main(["train", "resnet8", "--data", "pets", "--out", "run", *SHORT]) == 2
    error = capsys.readouterr().err
    assert error == "residua: run exists already: continue it with --resume run, or begin another with --out run-3\n"


def test_more_epochs_for_a_finished_run_are_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", "run", "--epochs", "3"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    command = error.partition("To go on from its weights: residua ")[2].split()
    assert command == ["train", "run", "--data", "pets", "--epochs", "3", "--out", "run-2"]
    assert main([*command, "--batch", "8", "--quiet"]) == 0  # and that does it
    assert len(Run(home / "run-2").rows()) == 3
