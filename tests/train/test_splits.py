"""Is a network never measured on images that it has learnt, whatever lies in the folder, and by whichever version?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import residua
from residua.data import ArraySource, Dataset, open_dataset, split_validation
from residua.data.groups.drawn import SplitRules, draw_split
from residua.errors import DataError, ResiduaError
from residua.train.distributed import ALONE
from residua.train.engine import train
from residua.train.log import Log
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.setup.split import choose_split


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Pictures of pure noise under two labels, each there twice: nothing can be learnt but by heart."""
    rng = np.random.default_rng(0)
    for name in ("yes", "no"):
        (tmp_path / "noise" / name).mkdir(parents=True)
        for number in range(16):
            path = tmp_path / "noise" / name / f"p{number}.png"
            Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
            shutil.copy(path, path.with_name(f"p{number} - Copy.png"))
    return tmp_path / "noise"


def settings(data: Path, **changes) -> TrainConfig:
    plain = {"model": "resnet8", "data": str(data), "epochs": 1, "batch": 16, "lr": 0.05, "val_fraction": 0.25}
    return TrainConfig(**plain | changes)


def provenance(run: Run) -> dict:
    return residua.load(run.model_file).meta.provenance


def test_copies_are_held_out_together_and_the_run_knows_by_which_split(noise, tmp_path):
    lines = []
    run = train(settings(noise), tmp_path / "run", log=Log(message=lines.append)).run
    assert "32 groups of exact copies kept together (64 images)" in lines
    assert run.config.grouping == "near"
    known = provenance(run)
    assert (known["grouping"], known["split_sha256"]) == ("near", run.config.split_sha256)
    assert residua.evaluate(run).samples == 16


def test_another_split_is_neither_resumed_nor_measured(noise, tmp_path):
    run = train(settings(noise), tmp_path / "run").run
    shutil.rmtree(noise / "no")
    shutil.copytree(noise / "yes", noise / "no")
    for number in range(16):
        (noise / "no" / f"p{number}.png").unlink()
    with pytest.raises(DataError, match="not those that this training held out"):
        residua.evaluate(run)
    with pytest.raises(DataError, match="not those that this training held out"):
        train(run.config, run.folder, resume=True)


def as_before_groups(run: Run) -> None:
    """Take out of a run what versions that grouped nothing did not write."""
    path = run.folder / "config.toml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(("grouping", "split_sha256"))))
    for path in (run.folder / "checkpoints").glob("step-*"):
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        config = json.loads(metadata["config"])
        del config["grouping"], config["split_sha256"]
        save_file(load_file(path), path, metadata | {"config": json.dumps(config)})


def test_a_run_of_a_version_without_groups_keeps_its_split(noise, tmp_path):
    run = train(settings(noise, grouping="none", seed=3), tmp_path / "run").run
    before = run.metrics
    as_before_groups(run)
    assert run.config.grouping == "none"
    (run.folder / "metrics.json").unlink()
    again = train(run.config, run.folder, resume=True).run
    assert again.metrics == before
    held = split_validation(open_dataset(noise).train.labels, 0.25, 3).validation
    assert SplitRules.of(run.config.model_dump()).sha256 is None
    drawn = draw_split(open_dataset(noise).train, SplitRules.of(run.config.model_dump()))
    np.testing.assert_array_equal(drawn.validation, held)


def test_an_accuracy_is_given_with_and_without_what_training_has_seen(noise, tmp_path):
    for name in ("yes", "no"):
        (tmp_path / "given" / "test" / name).mkdir(parents=True)
        shutil.copytree(noise / name, tmp_path / "given" / "train" / name)
        for number in range(5):
            shutil.copy(noise / name / f"p{number}.png", tmp_path / "given" / "test" / name)
    pixels = np.random.default_rng(9).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "given" / "test" / "yes" / "own.png")
    lines = []
    run = train(settings(tmp_path / "given", val_fraction=0.0), tmp_path / "run", log=Log(message=lines.append)).run
    assert any(line.startswith("warning: training sees 10 of the 11 test images") for line in lines)
    rest = run.metrics["without_seen"]
    assert (rest["samples"], rest["seen"], run.metrics["samples"]) == (1, 10, 11)
    assert rest["top1"] == rest["correct"]


def test_what_draws_a_split_beside_a_given_one_is_said_to_do_nothing_or_refused(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), np.uint8)
    own = ArraySource(images, [0, 1] * 4, ("a", "b"), "pictures")
    given, lines = Dataset("pictures", ("a", "b"), own, None, 8, val=own), []
    config = TrainConfig(recipe="folder", val_fraction=0.3)
    assert len(choose_split(config, ALONE, given, Log(message=lines.append)).validation) == 8
    assert lines == ["warning: --val-fraction 0.3 does nothing: pictures says itself what is validated"]
    choose_split(config.changed(val_fraction=0.1), ALONE, given, Log(message=lines.append))
    assert len(lines) == 1
    for changes, words in (({"group": "slide"}, "names none of the 8"), ({"fold": "1"}, "leave out --fold")):
        with pytest.raises(ResiduaError, match=words):
            choose_split(config.changed(**changes), ALONE, given, Log())


def test_what_was_left_out_is_listed(noise, tmp_path):
    (noise / "yes" / "p3.png").write_bytes((noise / "yes" / "p3.png").read_bytes()[:900])
    run = train(settings(noise, skip_bad=True), tmp_path / "run").run
    (line,) = run.metrics["left_out"]
    assert "p3.png" in line
