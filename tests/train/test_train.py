"""Does a run learn, lose nothing when it is stopped, and say in one line what is wrong?"""

from __future__ import annotations

import errno
import json
import os
import re
import signal

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from residua.errors import ResiduaError, SpecError, TrainError
from residua.train.engine import train
from residua.train.log import Log
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.recipes import RECIPES, find_recipe
from residua.train.settings.resolve import as_words, resolve

SMALL = TrainConfig(epochs=3, batch=64, lr=0.1, crop_pad=1)
WALL_CLOCK = ("images_per_second", "data_wait")


def rows(run: Run) -> list[dict]:
    return [{key: value for key, value in row.items() if key not in WALL_CLOCK} for row in run.rows()]


def stop_after(steps: int, number: signal.Signals = signal.SIGINT) -> Log:
    """A log that asks the run to stop, as Ctrl-C does, after so many steps."""
    taken = []

    def step(_):
        taken.append(1)
        if len(taken) == steps:
            os.kill(os.getpid(), number)

    return Log(step=step)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return train(SMALL, tmp_path_factory.mktemp("finished") / "run")


def test_the_default_recipe_reads_handwritten_digits(tmp_path):
    outcome = train(RECIPES["digits"].config, tmp_path / "run")
    assert outcome.held.split == "test"
    assert outcome.held.evaluation.samples == 360
    assert outcome.held.evaluation.top1 >= 0.985


def test_a_run_folder_holds_all_that_the_contract_names(finished):
    folder = finished.run.folder
    metrics = json.loads((folder / "metrics.json").read_text())
    keys = {"top1", "top5", "loss", "ece", "per_class", "confusion", "samples", "train_seconds"}
    assert keys <= set(metrics)
    written = TrainConfig.from_toml(folder / "config.toml")
    own = {name: getattr(written, name) for name in ("precision", "split_sha256")}
    decided = {"reading": "memory", "grouping": "near", **own}
    assert written == SMALL.model_copy(update=decided)
    assert re.fullmatch("[0-9a-f]{64}", written.split_sha256)
    assert written.precision in ("fp32", "bf16")
    assert [row["epoch"] for row in finished.run.rows()] == [1, 2, 3]
    logged = {"epoch", "step", "samples", "loss", "top1", "val_top1", "lr", "images_per_second", "data_wait"}
    assert logged <= set(finished.run.rows()[0])
    assert not list(folder.glob(".*"))


def test_a_mistake_in_a_file_of_an_earlier_version_is_named_as_it_stands_there(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(SMALL.to_toml().replace("tta = ", "views = ").replace('views = "one"', 'views = "nosuch"'))
    with pytest.raises(TrainError, match=r"config\.toml: views='nosuch'"):
        TrainConfig.from_toml(path)


@pytest.mark.parametrize("steps", [1, 21, 22, 50])
def test_a_run_that_was_stopped_and_resumed_equals_one_that_was_not_bit_for_bit(finished, tmp_path, steps):
    stopped = train(SMALL, tmp_path / "run", log=stop_after(steps, signal.SIGTERM))
    assert not stopped.finished
    assert stopped.stopped_by == "SIGTERM"
    resumed = train(SMALL, tmp_path / "run", resume=True)
    expected = load_file(finished.run.model_file)
    assert all(torch.equal(value, expected[name]) for name, value in load_file(resumed.run.model_file).items())
    assert rows(resumed.run) == rows(finished.run)
    assert resumed.held.evaluation == finished.held.evaluation


@pytest.mark.parametrize("optimizer", ["adamw", "muon", "lamb"])
def test_every_optimizer_goes_on_where_it_was(tmp_path, optimizer):
    config = SMALL.model_copy(update={"optimizer": optimizer, "lr": 0.01, "epochs": 2, "head_epochs": 1})
    whole = train(config, tmp_path / "whole")
    assert not train(config, tmp_path / "run", log=stop_after(28)).finished
    resumed = train(config, tmp_path / "run", resume=True)
    assert rows(resumed.run) == rows(whole.run)
    expected = load_file(whole.run.model_file)
    assert all(torch.equal(value, expected[name]) for name, value in load_file(resumed.run.model_file).items())


def test_a_stop_before_the_last_single_image_changes_no_line_of_the_log(tmp_path):
    config = SMALL.model_copy(update={"batch": 68, "epochs": 1})  # 1,293 images: 19 batches and one image
    whole = train(config, tmp_path / "whole")
    stopped = train(config, tmp_path / "run", log=stop_after(19))
    resumed = stopped if stopped.finished else train(config, tmp_path / "run", resume=True)
    assert rows(resumed.run) == rows(whole.run)


def test_two_trainings_never_share_a_folder(tmp_path):
    """Not even before the first checkpoint, when a folder that failed may be used again."""
    refused = []

    def begin_another(_):
        if not refused:
            with pytest.raises(TrainError, match="another process is training in"):
                train(SMALL.model_copy(update={"seed": 1}), tmp_path / "run")
            refused.append(True)

    outcome = train(SMALL.model_copy(update={"epochs": 1}), tmp_path / "run", log=Log(step=begin_another))
    assert refused
    assert outcome.run.config.seed == 0


def test_a_run_is_not_resumed_on_other_images(tmp_path):
    generator = np.random.default_rng(0)

    def pictures(name, classes):
        for label in classes:
            (tmp_path / name / label).mkdir(parents=True)
            for number in range(12):
                pixels = generator.integers(0, 255, (8, 8, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(tmp_path / name / label / f"{number}.png")
        return str(tmp_path / name)

    config = TrainConfig(data=pictures("mine", ("a", "b")), epochs=3, batch=8)
    assert not train(config, tmp_path / "run", log=stop_after(4)).finished
    other = config.model_copy(update={"data": pictures("other", ("x", "y"))})
    with pytest.raises(ResiduaError, match="are not those that"):
        train(other, tmp_path / "run", resume=True)
    assert Run.open(tmp_path / "run").config.data == config.data
    (tmp_path / "mine").rename(tmp_path / "moved")
    moved = config.model_copy(update={"data": str(tmp_path / "moved")})
    assert train(moved, tmp_path / "run", resume=True).finished
    assert Run.open(tmp_path / "run").config.data == moved.data


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so(finished, tmp_path):
    stopped = train(SMALL, tmp_path / "run", log=stop_after(50))
    newest = max((stopped.run.folder / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:5000])
    messages = []
    resumed = train(SMALL, tmp_path / "run", resume=True, log=Log(message=messages.append))
    assert any(f"{newest.name} is damaged" in line for line in messages)
    expected = load_file(finished.run.model_file)
    assert all(torch.equal(value, expected[name]) for name, value in load_file(resumed.run.model_file).items())


def test_two_runs_of_one_seed_are_equal_and_of_two_seeds_are_not(finished, tmp_path):
    again = train(SMALL, tmp_path / "again")
    other = train(SMALL.model_copy(update={"seed": 1}), tmp_path / "other")
    assert rows(again.run) == rows(finished.run)
    assert rows(other.run) != rows(finished.run)


def test_an_existing_folder_is_neither_overwritten_nor_added_to(finished):
    before = sorted(path.name for path in finished.run.folder.iterdir())
    with pytest.raises(TrainError, match=r"exists already: continue it with --resume"):
        train(SMALL, finished.run.folder)
    assert sorted(path.name for path in finished.run.folder.iterdir()) == before


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_loss_that_is_not_finite_stops_at_that_step_and_names_the_layer(tmp_path):
    named = r"the loss is (nan|inf) at step (\d+) .*(weights of|output .* is that of) \w+"
    with pytest.raises(TrainError, match=named) as caught:
        train(SMALL.model_copy(update={"lr": 1e30, "warmup_epochs": 0}), tmp_path / "run")
    listed = json.loads((tmp_path / "run" / "bad-batch.json").read_text())
    assert f"step {listed['step']} " in str(caught.value)
    assert len(listed["images"]) == SMALL.batch
    first = listed["images"][0]
    assert first["image"] == f"digits[{first['index']}]"
    assert f"images {first['index']}, " in str(caught.value)
    log = Run.open(tmp_path / "run").rows()
    assert all(np.isfinite(row["loss"]) for row in log)


def test_a_full_disk_is_told_in_one_line_and_leaves_no_half_file(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) > 6:
            raise full
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ResiduaError, match="disk is full|No space left") as caught:
        train(SMALL, tmp_path / "run")
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert not list((tmp_path / "run").rglob(".*"))
    resumed = train(SMALL, tmp_path / "run", resume=True)
    assert resumed.finished


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": "resnet51"}, SpecError, "unknown network 'resnet51'; did you mean"),
        ({"model": "resnet18"}, SpecError, "images of 8×8 are too small for this network: its total stride is 32"),
        ({"set": ("norm",)}, SpecError, "--set takes field=value"),
        ({"set": ("nrom=group",)}, SpecError, "did you mean 'norm'"),
        ({"set": ("num_classes=3",)}, TrainError, "digits needs num_classes=10"),
        ({"data": "no/such/folder"}, ResiduaError, "no/such/folder"),
        ({"device": "cuda:9"}, SpecError, "cuda"),
        ({"device": "abacus"}, SpecError, "device 'abacus' is not one of"),
    ],
)
def test_a_mistake_costs_one_line_and_leaves_no_folder(tmp_path, changes, error, message):
    if changes.get("device") == "cuda:9" and torch.cuda.is_available():
        changes = {"device": "abacus"}
        message = "device 'abacus'"
    with pytest.raises(error) as caught:
        train(SMALL.model_copy(update=changes), tmp_path / "run")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_spec_field_can_be_changed_from_the_command(tmp_path):
    config = SMALL.model_copy(
        update={"epochs": 1, "set": ("norm=group", "shortcut=B", "depths=[1,1]", "widths=[8,16]", "strides=[1,2]")}
    )
    outcome = train(config, tmp_path / "run")
    assert outcome.spec.norm == "group"
    assert outcome.spec.depths == (1, 1)


def test_a_folder_of_pictures_of_different_kinds_and_sizes_is_learnt(tmp_path):
    """Two classes that differ in colour: JPEG and PNG, grey and CMYK and palette among them, every size."""
    generator = np.random.default_rng(0)
    for label, colour in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
        (tmp_path / "pictures" / label).mkdir(parents=True)
        for number in range(24):
            height, width = generator.integers(20, 60, 2)
            pixels = np.clip(generator.normal(colour, 30, (height, width, 3)), 0, 255).astype(np.uint8)
            image, name = Image.fromarray(pixels), f"{number}.{'jpg' if number % 2 else 'png'}"
            if number == 3:
                image = image.convert("CMYK")
            image.save(tmp_path / "pictures" / label / name)
    config = TrainConfig(data=str(tmp_path / "pictures"), size=16, epochs=8, batch=8, lr=0.05, val_fraction=0.25)
    outcome = train(config, tmp_path / "run")
    assert outcome.held.split == "val"
    assert outcome.held.evaluation.top1 >= 0.9


def test_every_recipe_trains_a_network_that_exists():
    from residua.zoo import ZOO

    for name, recipe in RECIPES.items():
        assert recipe.config.recipe == name
        assert recipe.config.model in (*ZOO, "CHECKPOINT")
    with pytest.raises(TrainError, match="did you mean 'cifar-he2016'"):
        find_recipe("cifar-he2015", None)


@pytest.mark.parametrize("content", [b'{"epoch": 1, "st', b"\xff\xfe", b"[1]\n", None])
def test_a_damaged_or_lost_log_is_written_again_from_the_checkpoint(tmp_path, content):
    outcome = train(SMALL.model_copy(update={"epochs": 2}), tmp_path / "run")
    before = (tmp_path / "run" / "log.jsonl").read_bytes()
    (tmp_path / "run" / "log.jsonl").unlink()
    if content is not None:
        (tmp_path / "run" / "log.jsonl").write_bytes(content)
    train(outcome.run.config, tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "log.jsonl").read_bytes() == before


def test_a_lost_model_is_written_again_when_the_last_epoch_was_the_best_and_told_otherwise(tmp_path):
    config = SMALL.model_copy(update={"val_fraction": 0.0, "epochs": 2})  # without validation the last epoch counts
    outcome = train(config, tmp_path / "run")
    before = {name: value.clone() for name, value in load_file(outcome.run.model_file).items()}  # not mapped
    outcome.run.model_file.write_bytes(b"half a file")
    train(config, tmp_path / "run", resume=True)
    assert all(torch.equal(value, before[name]) for name, value in load_file(outcome.run.model_file).items())


def test_a_run_whose_configuration_was_edited_is_not_gone_on_with(tmp_path):
    train(SMALL, tmp_path / "run", log=stop_after(5))
    edited = Run.open(tmp_path / "run").config.model_copy(update={"batch": 32})
    (tmp_path / "run" / "config.toml").write_text(edited.to_toml())
    with pytest.raises(TrainError, match=r"says batch=32, but step-\d+.safetensors was trained with 64"):
        train(edited, tmp_path / "run", resume=True)


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    second = []

    def intrude(_):
        if not second:
            second.append(1)
            with pytest.raises(TrainError, match="another process is training in"):
                train(SMALL, tmp_path / "run", resume=True)

    train(SMALL.model_copy(update={"epochs": 1}), tmp_path / "run", log=Log(step=intrude))
    assert second


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_network_that_diverges_in_its_last_step_is_not_kept(tmp_path):
    config = SMALL.model_copy(update={"lr": 1e30, "batch": 1293, "epochs": 1, "warmup_epochs": 0.0})
    with pytest.raises(TrainError, match="not finite|loss is nan"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run" / "model.safetensors").exists()
    again = SMALL.model_copy(update={"epochs": 1})
    assert train(again, tmp_path / "run").finished  # nothing was lost, so nothing stands in the way


def test_names_of_classes_may_hold_anything_and_a_single_class_is_refused(tmp_path):
    from residua.train.measure.report import write_report

    generator = np.random.default_rng(0)
    for label in ("US$ and $_$", "<b>", "日本 語"):
        (tmp_path / "named" / label).mkdir(parents=True)
        for number in range(8):
            pixels = generator.integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "named" / label / f"{number}.png")
    config = TrainConfig(data=str(tmp_path / "named"), epochs=1, batch=4, val_fraction=0.5)
    outcome = train(config, tmp_path / "run")
    page = write_report(outcome.run, outcome.spec, outcome.held).read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page
    assert "<b></text>" not in page
    assert "US$ and $_$" in page
    assert "日本 語" in page
    alone = tmp_path / "alone"
    (tmp_path / "named" / "<b>").rename(alone)
    alone.rename(tmp_path / "single")
    (tmp_path / "one").mkdir()
    (tmp_path / "single").rename(tmp_path / "one" / "only")
    with pytest.raises(TrainError, match="'only' is the only class"):
        train(config.model_copy(update={"data": str(tmp_path / "one")}), tmp_path / "run2")


def test_a_last_batch_of_one_image_is_left_out(tmp_path):
    config = SMALL.model_copy(update={"batch": 1292, "epochs": 1, "set": ("strides=[2,2,2]",)})  # maps of one pixel
    assert train(config, tmp_path / "run").run.rows()[0]["step"] == 1


def test_the_reports_command_is_understood_and_means_the_same_settings():
    seen = []
    for name, recipe in RECIPES.items():
        base = recipe.config
        # the second is refused without a checkpoint, the others beside --balance
        kept = ("download", "frozen_norms", "class_weights", "multi_label")
        turned = {field: not value for field, value in base if isinstance(value, bool) and field not in kept}
        named = {"model": "resnet18", "data": "pictures"} if base.model == "CHECKPOINT" else {}
        named |= {"data": "pictures"} if base.data == "FOLDER" else {}
        config = base.model_copy(update=turned | named | {"seed": 7, "set": (*base.set, "norm=group")})
        of_run = config.model_copy(update={"data_path": "/found", "split_sha256": "0" * 64})  # as config.toml holds it
        assert resolved([*as_words(of_run)[2:], "--out", "again"]) == config, name
        seen.append(name)
    assert seen == list(RECIPES)


def resolved(words):
    """Return the TrainConfig that the command line `words` means, without training."""
    import cyclopts

    from residua.cli.train import train as command

    app = cyclopts.App(default_parameter=cyclopts.Parameter(negative=()), result_action="return_value")
    app.default(command)
    _, bound, _ = app.parse_args(words)
    config = bound.arguments["config"]
    return resolve(config.given() | {"model": bound.arguments["model"]}, bound.arguments.get("out")).config


def test_a_public_set_named_by_its_path_is_not_taken_for_pictures(tmp_path):
    for name in (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ):
        (tmp_path / name).touch()
    assert find_recipe(None, str(tmp_path)).flip == "none"
    assert find_recipe(None, str(tmp_path / "pictures")).recipe == "folder"
