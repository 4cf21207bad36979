"""Do several processes train the very network that one would, and lose nothing when some of them stop?"""

from __future__ import annotations

import json
import os
import signal
import time

import numpy as np
import pytest
import torch

from tests.data.conftest import write

SMALL = ["shortcut=B", "depths=[1,1]", "widths=[8,16]", "strides=[1,2]"]
# 287 images to train in six steps, the last of 47; 1,150 to validate and 360 to test
SIX_STEPS = {"epochs": 1, "batch": 48, "lr": 0.1, "precision": "fp32", "val_fraction": 0.8, "crop_pad": 1,
             "set": [*SMALL, "norm=group"]}  # fmt: skip
BATCH_NORM = SIX_STEPS | {"set": SMALL}


def farthest(ours: dict, theirs: dict) -> float:
    """Return the largest |a − b| / max(1, |a|) over weights and statistics."""
    assert ours.keys() == theirs.keys()
    gaps = [((ours[name] - theirs[name]).abs() / ours[name].abs().clamp_min(1)).max() for name in ours]
    return float(torch.stack(gaps).max())


def numbers(rows: list[dict]) -> list[dict]:
    """Return the log's rows without wall-clock figures."""
    return [{k: v for k, v in row.items() if k not in ("images_per_second", "data_wait")} for row in rows]


@pytest.fixture(scope="module")
def alone(processes, tmp_path_factory):
    """Return the run of one process with a configuration; each is trained once."""
    kept: dict[str, dict] = {}

    def run(config: dict) -> dict:
        key = json.dumps(config)
        if key not in kept:
            folder = tmp_path_factory.mktemp("alone") / "run"
            kept[key] = processes.run("trained", 1, folder=str(folder), config=config)[0]
        return kept[key]

    return run


INGREDIENTS = {
    "as it is": {},
    "images in parts, of uneven number": {"accumulate": 5, "batch": 51},
    "a running mean": {"ema": 0.9},
    "the head first": {"epochs": 2, "head_epochs": 1},
    "recomputing": {"recompute": True},
    "recomputing in parts, a mean, the head first": {
        "recompute": True, "accumulate": 2, "ema": 0.9, "head_epochs": 1, "epochs": 2},
    "mixed images": {"augment": "mixup=0.2,pad=1"},
    "a last batch of three": {"batch": 71},
    "a last batch of one": {"batch": 26},
    "clipped gradients": {"clip_norm": 0.1},
    "Muon": {"optimizer": "muon", "lr": 0.01},
    "a last batch of two, mixed": {"batch": 57, "augment": "mixup=0.2,pad=1"},
    "classes in balance": {"balance": True},
    "classes weighed": {"class_weights": True},
    "copies together, chosen by loss": {"grouping": "exact", "select": "loss", "epochs": 2},
}  # fmt: skip
EVERY_TIME = {"as it is", "a last batch of two, mixed"}
EACH = [name if name in EVERY_TIME else pytest.param(name, marks=pytest.mark.slow) for name in INGREDIENTS]


@pytest.mark.parametrize("name", EACH)
def test_two_processes_train_the_network_that_one_does(processes, alone, tmp_path, name):
    muon = name == "Muon"  # which divides by small singular values: rounding grows there
    near = 1e-4 if muon else 1e-5
    for seed in range(3):  # a ReLU's input that is zero but for rounding is chance, a fault shows with every seed
        config = SIX_STEPS | INGREDIENTS[name] | {"seed": seed}
        one = alone(config)
        first, second = processes.run("trained", folder=str(tmp_path / str(seed)), config=config)
        if farthest(one["weights"], first["weights"]) <= near:
            break
    assert farthest(one["weights"], first["weights"]) <= near
    assert first["rows"][-1]["step"] == one["rows"][-1]["step"] >= 5
    assert first["held"] == second["held"]
    for ours, theirs in zip(one["rows"], first["rows"], strict=True):
        assert theirs["loss"] == pytest.approx(ours["loss"], rel=1e-3 if muon else 1e-5)
        assert theirs["top1"] == pytest.approx(ours["top1"], abs=1.5 / 287)


@pytest.mark.slow
def test_four_processes_go_on_where_a_batch_has_fewer_pairs_than_they_are(processes, alone, tmp_path):
    """Eleven images are two groups of what three copies of a pair are mixed to; two processes had none, and no step."""
    # a rate at which a ReLU's input that is zero but for rounding moves no weight by 1e-4, as it does by 9e-4 at 0.02
    config = SIX_STEPS | {"batch": 11, "lr": 0.001, "augment": "mixup=0.2,repeats=3,pad=1"}
    one = alone(config)
    together = processes.run("trained", 4, folder=str(tmp_path / "run"), config=config)
    assert {each["rows"][-1]["step"] for each in together} == {one["rows"][-1]["step"]} == {26}
    assert farthest(one["weights"], together[0]["weights"]) <= 1e-4


@pytest.mark.slow
def test_two_processes_learn_several_labels_as_one_does(processes, alone, tmp_path):
    draw, lines = np.random.default_rng(0), ["path,label"]
    for number in range(60):
        write(tmp_path / "images" / f"{number}.png", draw.integers(0, 256, (16, 16, 3), np.uint8))
        lines.append(f"images/{number}.png,{'|'.join('abc'[at] for at in range(3) if number >> at & 1) or 'd'}")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    config = SIX_STEPS | {
        "data": str(tmp_path / "list.csv"),
        "batch": 8,
        "val_fraction": 0.2,
        "size": 16,
        "crop_pad": 0,
    }
    config |= {"multi_label": True, "loss": "bce", "select": "map"}
    one = alone(config)
    first, second = processes.run("trained", folder=str(tmp_path / "run"), config=config)
    assert farthest(one["weights"], first["weights"]) <= 1e-5
    assert first["held"] == second["held"]
    assert first["rows"][-1]["val_map"] == pytest.approx(one["rows"][-1]["val_map"], abs=1e-3)
    assert first["rows"][-1]["exact_match"] == one["rows"][-1]["exact_match"]


def test_six_steps_are_six(alone):
    assert alone(SIX_STEPS)["rows"][-1]["step"] == 6


def test_synchronised_batch_norm_differs_from_one_process_by_rounding_alone(processes, tmp_path):
    """In float32 a rounding error may become a jump at a rectifier's kink; in float64 nothing is left."""
    config = BATCH_NORM | {"sync_bn": True, "grouping": "none"}
    first, second = processes.run("exactly_trained", folder=str(tmp_path / "two"), config=config)
    (one,) = processes.run("exactly_trained", 1, folder=str(tmp_path / "one"), config=config)
    assert {value.dtype for name, value in one.items() if "running_var" in name} == {torch.float64}
    assert farthest(one, first) <= 1e-13
    assert farthest(first, second) == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"accumulate": 3}, id="parts", marks=pytest.mark.slow),
        pytest.param({"recompute": True}, id="recomputing", marks=pytest.mark.slow),
    ],
)
def test_synchronised_batch_norm_trains_the_network_that_one_process_does(processes, alone, tmp_path, changes):
    config = BATCH_NORM | changes
    first, _ = processes.run("trained", folder=str(tmp_path / "run"), config=config | {"sync_bn": True})
    one = alone(config)
    if "accumulate" not in changes:  # a part holds other images in one process than in two
        assert farthest(one["weights"], first["weights"]) <= 1e-4
    assert any("running_var" in name for name in first["weights"])
    assert first["metrics"]["top1"] == pytest.approx(one["metrics"]["top1"], abs=0.02 if changes else 0.003)


def test_batch_norm_on_its_own_images_gives_all_processes_the_same_statistics(processes, tmp_path):
    first, second = processes.run("trained", folder=str(tmp_path / "run"), config=BATCH_NORM)
    assert first["held"] == second["held"]
    assert first["metrics"]["samples"] == 360


def test_one_process_writes_and_speaks(processes, tmp_path):
    first, second = processes.run("trained", folder=str(tmp_path / "run"), config=SIX_STEPS)
    assert first["logged"]["steps"] == 6
    assert first["logged"]["rows"] == 1
    assert any("2 processes" in line for line in first["logged"]["messages"])
    assert (second["logged"], second["first"]) == ({"steps": 0, "rows": 0, "messages": []}, False)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"config.toml", "log.jsonl", "checkpoints", "model.safetensors", "metrics.json"}


FEW = [pytest.param(*counts, marks=pytest.mark.slow) for counts in [(103, 51), (9, 4), (2, 2)]]


@pytest.mark.parametrize(("count", "batch"), [(103, 17), (3, 2), (1, 4), *FEW])
def test_every_image_is_scored_once_and_the_measures_are_those_of_one_process(processes, count, batch):
    together = processes.run("scored", count=count, batch=batch)
    (one,) = processes.run("scored", 1, count=count, batch=batch)
    assert sum(each["shown"] for each in together) == (count if count > 1 else 2)  # one image cannot be shared
    for each in together:
        assert np.array_equal(each["labels"], each["true"])
        torch.testing.assert_close(each["logits"], one["logits"], rtol=1e-5, atol=1e-6)
        assert each["measures"].confusion == one["measures"].confusion
        assert each["measures"].samples == count
        assert each["measures"].loss == pytest.approx(one["measures"].loss, rel=1e-6)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_synchronised_batch_norm_is_batch_norm_of_all_images_forward_backward_and_in_its_statistics(
    processes, momentum
):
    for far in processes.run("normalised", momentum=momentum):
        assert {name: value for name, value in far.items() if value > 1e-12} == {}
        assert {
            "forward 1",
            "x 1",
            "weight",
            "bias",
            "running_mean",
            "running_var",
            "num_batches_tracked",
        } <= far.keys()


def test_what_processes_tell_each_other(processes):
    first, second, third = processes.run("gathered", 3)
    assert first["rows"].tolist() == [0, 1, 0, 1, 2, 3]
    assert first["images"].tolist() == [[0.0, 0.0]] + [[1.0, 1.0]] * 2 + [[2.0, 2.0]] * 3
    assert all(torch.equal(first[name], each[name]) for each in (second, third) for name in ("rows", "images"))
    assert {each["least"] for each in (first, second, third)} == {3}
    again = processes.run("gathered", 2, environment={"TORCHELASTIC_RESTART_COUNT": "1", "TORCHELASTIC_RUN_ID": "a"})
    assert all(each["restarts"] > 0 and each["launch"] == "a" for each in again)


def test_files_that_all_need_are_made_by_one_process_before_the_others_come(processes, tmp_path):
    assert [each["before"] for each in processes.run("taken_in_turn", 3, folder=str(tmp_path))] == [False, True, True]


@pytest.mark.parametrize("augment", ["pad=1", "mixup=0.2,pad=1"])
@pytest.mark.parametrize("size", [2, 3])
def test_processes_share_a_batch_pair_by_pair_and_all_take_what_is_too_little_to_share(processes, size, augment):
    (whole,) = processes.run("shares", 1, count=41, batch=12, augment=augment)
    parts = processes.run("shares", size, count=41, batch=12, augment=augment)
    assert [len(each) for each in parts] == [len(whole)] * size
    for number, (indices, images, share, _) in enumerate(whole):
        held = [part[number] for part in parts]
        if len(indices) < 2 * size:
            assert all(torch.equal(each[1], images) and each[3] == size for each in held)
            continue
        places = [list(indices).index(each) for each in np.concatenate([each[0] for each in held])]
        assert sorted(places) == list(range(len(indices)))
        assert torch.equal(torch.cat([each[1] for each in held]), images[places])
        assert {each[3] for each in held} == {1}
        assert min(len(each[0]) for each in held) >= 2
        if share is not None:
            assert torch.equal(torch.cat([each[2] for each in held]), share[places])
    assert any(len(indices) < 2 * size for indices, *_ in whole) == (size == 3)


THREE_EPOCHS = SIX_STEPS | {"epochs": 3, "checkpoint_minutes": 0.0001}


@pytest.fixture(scope="module")
def uninterrupted(processes, tmp_path_factory):
    return processes.run("trained", folder=str(tmp_path_factory.mktemp("two") / "run"), config=THREE_EPOCHS)[0]


def test_a_process_that_is_killed_is_missed_and_a_restart_goes_on_to_the_same_weights(
    processes, uninterrupted, tmp_path
):
    request = {"folder": str(tmp_path / "run"), "config": THREE_EPOCHS}
    answer = processes.ask("trained", **request, strike=[1, 9, "SIGKILL"])
    assert [code for code, _ in answer] == [2, -signal.SIGKILL]
    assert answer[0][1]["message"].startswith("another process has gone")
    assert "\n" not in answer[0][1]["message"]
    first, _ = processes.run("trained", **request, environment={"TORCHELASTIC_RESTART_COUNT": "1"})
    assert any("resuming" in line for line in first["logged"]["messages"])
    assert first["logged"]["steps"] < 18
    assert all(torch.equal(value, uninterrupted["weights"][name]) for name, value in first["weights"].items())
    assert first["held"] == uninterrupted["held"]


def test_the_same_launch_goes_on_with_its_run_and_another_is_refused(processes, uninterrupted, tmp_path):
    request, launch = {"folder": str(tmp_path / "run"), "config": THREE_EPOCHS}, {"TORCHELASTIC_RUN_ID": "job-7"}
    processes.run("trained", **request, environment=launch, strike=[0, 8, "SIGTERM"])
    for environment, changes in (({"TORCHELASTIC_RUN_ID": "job-8"}, {}), (launch, {"lr": 0.2}), ({}, {})):
        config = THREE_EPOCHS | changes
        answer = processes.ask("trained", folder=str(tmp_path / "run"), config=config, environment=environment)
        assert "exists already" in answer[0][1]["message"]
    first, _ = processes.run("trained", **request, environment=launch)
    assert all(torch.equal(value, uninterrupted["weights"][name]) for name, value in first["weights"].items())


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        (2, 1, 4),
        pytest.param(2, 1, 6, marks=pytest.mark.slow),
        pytest.param(1, 2, 6, marks=pytest.mark.slow),
        pytest.param(1, 2, 11, marks=pytest.mark.slow),
        (2, 3, 11),
    ],
)
def test_a_run_that_was_stopped_goes_on_with_another_number_of_processes(
    processes, uninterrupted, tmp_path, before, after, steps
):
    request = {"folder": str(tmp_path / "run"), "config": THREE_EPOCHS}
    stopped = processes.run("trained", before, **request, strike=[before - 1, steps, "SIGTERM"])
    assert [each["finished"] for each in stopped] == [False] * before
    assert [each["stopped_by"] for each in stopped] == ["another process", "SIGTERM"][-before:]
    resumed = processes.run("trained", after, **request, resume=True)[0]
    assert farthest(uninterrupted["weights"], resumed["weights"]) <= 1e-5
    assert [row["step"] for row in resumed["rows"]] == [6, 12, 18]
    assert resumed["held"].top1 == pytest.approx(uninterrupted["held"].top1, abs=1.5 / 360)


def test_a_parameter_that_does_nothing_is_named_before_the_first_step(processes, tmp_path):
    request = {"folder": str(tmp_path / "run"), "config": SIX_STEPS}
    answer = processes.ask("trained_with_an_idle_parameter", **request)
    assert [code for code, _ in answer] == [2, 2]
    message = [given["message"] for _, given in answer if given["error"] == "TrainError"]
    assert len(message) == 1
    assert message[0].startswith("layer1.0.gate has no part in the network's output")
    assert "\n" not in message[0]
    assert not list((tmp_path / "run" / "checkpoints").glob("step-*"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": "nowhere"}, "there is no data set or folder 'nowhere'"),
        ({"model": "resnet51"}, "unknown network 'resnet51'"),
        ({"batch": 3}, "--batch 3 leaves some of 2 processes fewer than two images; take at least 4"),
        ({"device": "abacus"}, "device 'abacus' is not one of"),
        ({"device": "cuda:0"}, "--device cuda:0 is one device for 2 processes"),
        ({"lr": 1e30, "warmup_epochs": 0.0}, "the loss"),
    ],
)
def test_a_mistake_is_told_by_one_process_in_one_line(processes, tmp_path, changes, message):
    answer = processes.ask("trained", folder=str(tmp_path / "run"), config=SIX_STEPS | changes)
    assert [code for code, _ in answer] == [2, 2], processes.stderr.read_text()
    reports = [given for _, given in answer if given["error"] != "ReportedElsewhere"]
    assert len(reports) == 1
    assert message in reports[0]["message"]
    assert "\n" not in reports[0]["message"]


def test_a_folder_that_is_taken_is_told_once(processes, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").touch()
    answer = processes.ask("trained", folder=str(tmp_path / "run"), config=SIX_STEPS)
    assert sorted((code, given["error"]) for code, given in answer) == [(2, "ReportedElsewhere"), (2, "TrainError")]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor is nobody's own")
def test_a_process_with_a_processor_of_its_own_shares_it_with_nobody(processes):
    assert processes.run("sharing", 3) == [2, 1, 2]


@pytest.mark.slow  # three seconds of waiting
def test_a_process_that_fails_ends_although_its_group_cannot_be_left(processes, tmp_path):
    """As on GPUs, where the group waits for a tensor that never comes; torchrun's SIGTERM is not needed either."""
    ended = processes.ask("failing_in_a_blocked_group", moment=str(tmp_path / "moment"))
    assert time.monotonic() - float((tmp_path / "moment").read_text()) < 5  # of the minute that leaving would take
    assert [code for code, _ in ended] == [2, 2]
    assert {given["error"] for _, given in ended} == {"TrainError", "ReportedElsewhere"}


def test_a_process_that_waits_in_c_ends_soon_after_another_has_failed(processes, tmp_path):
    """As it waits for a GPU whose kernel waits for the other one; torchrun would kill it after half a minute."""
    ended = processes.ask("waiting_in_c", moment=str(tmp_path / "moment"))
    assert time.monotonic() - float((tmp_path / "moment").read_text()) < 30  # of the 120 after which it would be ended
    (failed, said), waited = ended
    assert (failed, said["message"]) == (2, "an image cannot be read")
    assert waited == (2, None)


def test_processes_that_share_a_gpu_are_told_so_by_one_of_them(processes):
    told = processes.ask("on_the_gpu", name="GPU-1")
    assert [code for code, _ in told] == [2, 2]
    reports = [given["message"] for _, given in told if given["error"] == "TrainError"]
    assert len(reports) == 1
    assert reports[0].startswith("2 processes share one GPU, which NCCL does not allow; start one process a GPU (here")
    processes.run("on_the_gpu", name="GPU-{RANK}")


@pytest.mark.parametrize("changes", [{}, {"accumulate": 5, "batch": 51, "hardest": 0.8}])
def test_a_step_exchanges_its_sums_and_nothing_else_but_gradients(processes, tmp_path, changes):
    """How many images the others have is known from the plan of the epoch, its odd last batch included."""
    given = processes.run("exchanges", folder=str(tmp_path / "run"), config=SIX_STEPS | changes)
    assert [set(each["steps"]) for each in given] == [{1}, {1}]
