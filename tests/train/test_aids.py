"""Do the aids around a training tell the truth: the learning rate, the time, the comparison, the advice, the events?"""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from residua.cli.app import main
from residua.data import Augment
from residua.errors import TrainError
from residua.metadata import Meta
from residua.nn import build
from residua.plan import cost, total_stride
from residua.train.conclusion import verdict
from residua.train.distributed import ALONE
from residua.train.engine import train
from residua.train.log import Log
from residua.train.lr_finder import _epochs, find_lr, within
from residua.train.measure.compare import differing, read_runs, table
from residua.train.settings.config import TrainConfig
from residua.train.settings.recipes import RECIPES, Expected
from residua.train.settings.resolve import resolve
from residua.train.settings.schedule import size_at, sizes_of
from residua.train.setup.advice import advice, erased
from residua.train.setup.weights import find_start
from residua.weights.files.native import load_native, save

SMALL = TrainConfig(epochs=2, batch=64, lr=0.1, crop_pad=1)


def advised(config: TrainConfig, processes: int = 1) -> str:
    return " | ".join(advice(config, find_start(config), processes))


def test_a_recipe_as_it_is_gives_no_cause_for_advice():
    for recipe in RECIPES.values():
        if recipe.config.model != "CHECKPOINT":
            assert advised(recipe.config) == "", recipe.config.recipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight_decay": 1e-2}, "weight decay 0.01 is far too much for SGD"),
        ({"batch": 1024}, "scaled with the batch that is --lr 0.8"),
        ({"lr": 1.0}, "10 times what the recipe cifar has"),
        ({"optimizer": "adamw"}, "lr 0.1 is far too much for adamw; 1e-3 is usual"),
        ({"batch": 4, "lr": 0.003}, "batch norm sees 4 images at a time"),
        ({"epochs": 1}, "warm-up of 1 epochs is cut to half"),
        ({"optimizer": "lamb", "nesterov": False, "lr": 0.001}, "--no-nesterov is about SGD's momentum"),
        ({"head_epochs": 30}, "only the classifier learns: --head-epochs 30 leaves none of 30"),
        ({"norm_momentum": 0.6, "set": ("norm=group",)}, "--norm-momentum is about batch norm and does nothing here"),
    ],
)
def test_settings_far_off_the_recipe_are_told_with_what_is_usual(changes, message):
    assert message in advised(RECIPES["cifar"].config.model_copy(update=changes))


def test_group_norm_needs_no_large_batch():
    assert advised(RECIPES["cifar"].config.model_copy(update={"batch": 4, "lr": 0.003, "set": ("norm=group",)})) == ""


def test_advice_is_heard_before_the_first_step(tmp_path):
    messages = []
    train(SMALL.model_copy(update={"weight_decay": 0.01}), tmp_path / "run", log=Log(message=messages.append))
    assert any(line.startswith("warning: weight decay 0.01") for line in messages)


def test_the_learning_rate_found_is_one_at_which_the_network_learns():
    found = find_lr(SMALL)
    assert 0.005 < found.suggested < 1.0
    assert found.lr == tuple(sorted(found.lr))
    assert min(found.loss) < 0.8 * found.loss[0]


def test_find_lr_replaces_no_plot_unless_asked(tmp_path, capsys):
    plot = tmp_path / "run-lr.png"
    plot.write_text("mine")
    assert main(["train", "--find-lr", "--out", str(tmp_path / "run")]) == 2
    assert "run-lr.png exists already; --overwrite replaces it" in capsys.readouterr().err
    assert plot.read_text() == "mine"


def test_find_lr_writes_its_plot_and_no_run(tmp_path, capsys):
    assert main(["train", "--find-lr", "--out", str(tmp_path / "run"), "--json", "--quiet"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"lr", "loss", "suggested"}
    assert [path.name for path in tmp_path.iterdir()] == ["run-lr.png"]
    with Image.open(tmp_path / "run-lr.png") as picture:
        assert picture.size[0] > 600


def test_a_dry_run_passes_over_a_single_image_that_is_left():
    config = SMALL.model_copy(update={"batch": 68, "set": ("strides=[2,2,2]",)})  # maps of one pixel: no statistics
    assert len(find_lr(config).lr) > 25


def test_the_epochs_of_a_time_budget_are_those_whose_images_fit_into_it():
    """1,293 to learn at 1,000 a second, 144 to validate and 360 to test at 3,000; smaller images take less time."""
    from residua.train.setup.data import prepare

    data = prepare(SMALL, ALONE, find_start(SMALL).spec)
    an_epoch, test = (1293 + 144 / 3) / 1000, 360 / 3 / 1000
    assert _epochs(SMALL, data, {8: 1000}, 3000, 5 * an_epoch + test + 0.01) == 5
    assert _epochs(SMALL, data, {8: 1000}, 3000, 5 * an_epoch + test - 0.01) == 4
    growing = SMALL.model_copy(update={"size_from": 4, "size_until": 1.0})
    sizes = sizes_of(growing, 8, total_stride(data.spec))
    assert {size_at(growing, epoch, 8, total_stride(data.spec)) for epoch in range(growing.epochs)} <= set(sizes)
    measured = dict.fromkeys(sizes, 1000.0)  # as of a machine where they take the same time
    assert _epochs(growing, data, measured, 3000, 5 * an_epoch + test + 0.01) == 5
    assert _epochs(growing, data, measured | {sizes[0]: 8000.0}, 3000, 5 * an_epoch + test + 0.01) > 5


def test_a_time_budget_becomes_the_epochs_of_the_run_and_nothing_else():
    began = time.monotonic()
    planned = within(SMALL, 0.5)
    assert time.monotonic() - began < 30
    assert planned.epochs > SMALL.epochs
    assert planned == SMALL.model_copy(update={"epochs": planned.epochs})
    with pytest.raises(TrainError, match=r"1e-06 minutes are too few: at .* images/s an epoch takes"):
        within(SMALL, 1e-6)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, changes in (("a", {}), ("b", {"lr": 0.2, "seed": 3})):
        train(SMALL.model_copy(update=changes), folder / name)
    return folder


@pytest.mark.parametrize(("fields", "lines"), [({"cutout": 16}, 1), ({"pad": 16}, 1), ({"cutout": 15, "pad": 15}, 0)])
def test_augmentation_that_leaves_nothing_of_an_image_is_warned_of(fields, lines):
    assert len(list(erased(Augment(**fields), 16))) == lines


def test_runs_are_compared_by_what_differs_and_what_came_of_them(runs, tmp_path, capsys):
    compared = read_runs([runs / "a", runs / "b"])
    assert differing(compared) == ["lr", "seed"]
    rows = {row[0]: row[1:] for row in table(compared)}
    assert rows["lr"] == ["0.1", "0.2"]
    metrics = [json.loads((runs / name / "metrics.json").read_text())["top1"] for name in ("a", "b")]
    assert rows["top-1"] == [f"{top1:.2%}" for top1 in metrics]
    page = tmp_path / "page.html"
    assert main(["train", "--compare", str(runs / "a"), str(runs / "b"), "--out", str(page), "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert [document["settings"] for document in documents] == [{"lr": 0.1, "seed": 0}, {"lr": 0.2, "seed": 3}]
    assert "<svg" in page.read_text()


def test_one_run_is_nothing_to_compare_with(runs, capsys):
    assert main(["train", "--compare", str(runs / "a")]) == 2
    assert "two run folders or more" in capsys.readouterr().err


def test_tensorboard_reads_what_the_log_says(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    outcome = train(SMALL.model_copy(update={"tensorboard": True}), tmp_path / "run")
    events = accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    rows = outcome.run.rows()
    found = [(event.step, event.value) for event in events.Scalars("loss/train")]
    assert found == [(row["step"], pytest.approx(row["loss"], rel=1e-6)) for row in rows]


def test_a_finished_run_says_whether_it_lies_in_its_recipes_range(monkeypatch):
    from residua.train.settings import recipes

    config = RECIPES["digits"].config
    expected = Expected(0.99, 0.001, 3, "here")
    monkeypatch.setitem(recipes.RECIPES, "digits", recipes.Recipe(config, "", expected=expected))
    assert verdict(config, 0.9931)["inside"] is True  # half a point at least
    assert verdict(config, 0.97)["inside"] is False
    assert verdict(config.model_copy(update={"seed": 5, "root": "elsewhere"}), 0.99)["inside"] is True
    assert verdict(config.model_copy(update={"data": "mnist"}), 0.5)["inside"] is None
    changed = verdict(config.model_copy(update={"epochs": 3}), 0.99)
    assert changed["inside"] is None
    assert changed["changed"] == ["epochs"]


def test_a_recipes_cost_is_the_arithmetic_of_its_network():
    """ResNet-20 has 40.8 million MACs at 32 pixels (docs/papers.md)."""
    fast = RECIPES["cifar-fast"]
    assert fast.flop == pytest.approx(6 * 40.8e6 * 50_000 * fast.config.epochs, rel=0.01)
    quick, changed = RECIPES["fashion-fast"], build("resnet8_quick", widths=(32, 128, 128), in_channels=1).spec
    assert quick.flop == pytest.approx(6 * cost(changed, 28, 28).macs * 60_000 * quick.config.epochs)
    assert RECIPES["folder"].cost == "depends on the folder"


def test_early_stopping_ends_after_so_many_epochs_without_a_better_one(tmp_path):
    config = SMALL.model_copy(update={"epochs": 30, "patience": 2, "lr": 1e-6, "warmup_epochs": 0})
    outcome = train(config, tmp_path / "run")
    rows = outcome.run.rows()
    assert len(rows) < 30
    best = max(row["val_top1"] for row in rows)
    first_best = min(row["epoch"] for row in rows if row["val_top1"] == best)
    assert len(rows) == first_best + 2
    again = train(config, tmp_path / "run", resume=True)
    assert again.run.rows() == rows


def test_a_validation_that_is_only_as_good_does_not_count_as_better(tmp_path):
    """With the smallest learning rate nothing changes from epoch to epoch: the first one stays the better one."""
    config = SMALL.model_copy(
        update={"epochs": 9, "patience": 2, "lr": 1e-30, "warmup_epochs": 0, "norm_momentum": 1e-6}
    )
    assert len(train(config, tmp_path / "run").run.rows()) == 3


@pytest.fixture
def pictures(tmp_path):
    """Three classes by the place of a bright square."""
    generator = np.random.default_rng(0)
    for number, name in enumerate(("left", "middle", "right")):
        (tmp_path / "set" / name).mkdir(parents=True)
        for at in range(30):
            pixels = generator.integers(0, 90, (12, 12, 3)).astype(np.uint8)
            pixels[3:9, 4 * number : 4 * number + 4] += 120
            Image.fromarray(pixels).save(tmp_path / "set" / name / f"{at}.png")
    return tmp_path


def checkpoint(folder, **meta):
    torch.manual_seed(0)
    model = build("resnet8")
    preprocessing = {"size": 12, "resize": 12, "mean": [0.4, 0.4, 0.4], "std": [0.3, 0.3, 0.3], "channels": 3}
    save(folder / "old.safetensors", model, model.spec, Meta(**{"preprocessing": preprocessing} | meta))
    return folder / "old.safetensors"


def test_a_checkpoint_is_tuned_to_other_classes_in_one_command(pictures, capsys):
    """Head first: after `head_epochs` nothing but the classifier has moved; mean, deviation and size are the file's."""
    words = ["train", str(checkpoint(pictures)), "--data", str(pictures / "set"), "--out", str(pictures / "run")]
    assert main([*words, "--epochs", "1", "--head-epochs", "1", "--batch", "16"]) == 0
    err = capsys.readouterr().err
    assert "a new classifier for 3 classes" in err
    assert "mean and standard deviation are the checkpoint's" in err
    from residua.weights import load

    old, new = load(pictures / "old.safetensors"), load(pictures / "run")
    assert new.spec == old.spec.changed(num_classes=3)
    assert new.meta.preprocessing["mean"] == [0.4, 0.4, 0.4]
    for name, parameter in old.named_parameters():
        if not name.startswith("fc."):
            assert torch.equal(parameter, dict(new.named_parameters())[name]), name


def test_a_tuning_resumes_without_the_file_that_it_started_from(pictures):
    config = TrainConfig(
        model=str(checkpoint(pictures)), data=str(pictures / "set"), epochs=2, batch=16, head_epochs=1, lr=0.01
    )
    whole = train(config, pictures / "whole")
    import os
    import signal

    steps = []

    def stop(_):
        steps.append(1)
        if len(steps) == 7:
            os.kill(os.getpid(), signal.SIGUSR1)

    stopped = train(config, pictures / "run", log=Log(step=stop))
    assert stopped.stopped_by == "SIGUSR1"
    (pictures / "old.safetensors").unlink()
    resumed = train(config, pictures / "run", resume=True)
    assert resumed.held.evaluation == whole.held.evaluation


def test_the_same_classes_keep_their_classifier(pictures, capsys):
    path = checkpoint(pictures, classes=tuple(f"c{i}" for i in range(10)))
    words = ["train", str(path), "--data", str(pictures / "set"), "--epochs", "1", "--out", str(pictures / "a")]
    assert main(words) == 0
    assert "a new classifier" in capsys.readouterr().err
    torch.manual_seed(0)
    model = build("resnet8", num_classes=3)
    save(path, model, model.spec, Meta(("left", "middle", "right"), None))
    assert main([*words[:-1], str(pictures / "b")]) == 0
    assert "its classifier knows the same classes and is kept" in capsys.readouterr().err


def test_a_checkpoint_takes_no_other_architecture(pictures, capsys):
    path = checkpoint(pictures)
    words = ["train", str(path), "--data", str(pictures / "set"), "--set", "norm=group", "--out", str(pictures / "a")]
    assert main(words) == 2
    assert "--set norm would make another network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--recipe", "finetune"], "starts from a checkpoint: residua train FILE --data FOLDER"),
        (["--recipe", "folder"], "needs images: name them with --data"),
        (["--augment", "mixup=lots"], "mixup"),
        (["--milestones", "0.3"], "--milestones does nothing without --schedule step"),
        (["--schedule", "step", "--milestones", "80"], "--milestones"),
        (["--temperature", "2"], "does nothing without --teacher"),
        (["--size-until", "0.3"], "does nothing without --size-from"),
        (["--frozen-norms"], "does nothing without a checkpoint"),
        (["--schedule", "one-cycle", "--warmup-epochs", "2"], "does nothing without a schedule other than one-cycle"),
        (["--size-from", "16"], "--size-from 16 is no smaller than the images' 8 pixels"),
        (["--minutes", "1", "--find-lr"], "leave out --minutes"),
        (["--minutes", "1", "--epochs", "3"], "leave out one of them"),
        (["--teacher", "nobody.pth"], "nobody.pth"),
        (["--minutes", "0"], "--minutes"),
        (["--compare"], "--compare"),
    ],
)
def test_a_mistake_with_them_is_one_line(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_student_beside_a_teacher_learns_and_mixed_images_do_too(runs, tmp_path):
    config = SMALL.model_copy(
        update={
            "teacher": str(runs / "a"),
            "augment": "mixup=0.2",
            "optimizer": "muon",
            "lr": 0.02,
            "ema": 0.9,
            "epochs": 4,
        }
    )
    outcome = train(config, tmp_path / "run")
    assert outcome.held.evaluation.top1 > 0.6
    kept, teacher = load_native(outcome.run.teacher_file), load_native(runs / "a" / "model.safetensors")
    assert all(torch.equal(mine, its) for mine, its in zip(kept.parameters(), teacher.parameters(), strict=True))
    rows = outcome.run.rows()
    assert all(row["mean_val_top1"] is not None for row in rows)
    assert outcome.held.metrics["without_mean"]["epoch"] == 4


def test_a_new_run_takes_the_teacher_it_names_not_one_left_by_a_run_that_failed_there(runs, tmp_path):
    left = SMALL.model_copy(update={"teacher": str(runs / "a"), "lr": 1e18, "warmup_epochs": 0})
    with pytest.raises(TrainError, match="loss"):
        train(left, tmp_path / "run")
    outcome = train(SMALL.model_copy(update={"teacher": str(runs / "b"), "epochs": 1}), tmp_path / "run")
    kept, named = load_native(outcome.run.teacher_file), load_native(runs / "b" / "model.safetensors")
    assert all(torch.equal(mine, its) for mine, its in zip(kept.parameters(), named.parameters(), strict=True))
    assert not list(outcome.run.folder.glob("bad-batch*"))


def test_checkpoints_of_one_name_in_two_folders_are_told_apart(runs):
    def shown(*models: str) -> list[str]:
        compared = [
            replace(run, config=run.config.model_copy(update={"model": model}))
            for run, model in zip(read_runs([runs / "a", runs / "b"]), models, strict=True)
        ]
        return {row[0]: row[1:] for row in table(compared)}["model"]

    assert shown("a/model.safetensors", "b/model.safetensors") == ["a/model.safetensors", "b/model.safetensors"]
    assert shown("a/model.safetensors", "b/other.pth") == ["model.safetensors", "other.pth"]


def test_a_change_of_the_network_leaves_the_recipes_other_changes():
    given = {"recipe": "fashion-fast", "data": "fashion-mnist"}
    assert resolve(given | {"set": ("dropout=0.1",)}).config.set == ("widths=[32,128,128]", "dropout=0.1")
    assert resolve(given | {"set": ("widths=[8,8,8]",)}).config.set == ("widths=[8,8,8]",)
