"""Does `--train` stay silent on a network that learns, and leave everything as it was?

That it names the one cause when a network does not learn, the files `planted/*/network_trained_*.py` say.
"""

from __future__ import annotations

import json
import time

import pytest
import torch

from residua.check import check_network
from residua.check.examine import _candidate, examine
from residua.check.report.finding import CheckReport
from residua.check.run import learning
from residua.check.run.learning import overfit
from residua.cli.app import main
from residua.nn import build
from residua.targets.inputs import Signal
from tests.check.cases import HERE


def loud(report: CheckReport) -> list[str]:
    return [f.rule for f in report.findings if f.severity != "note"]


def test_a_right_network_is_silent_and_done_within_a_minute(capfd: pytest.CaptureFixture[str]) -> None:
    start = time.perf_counter()
    code = main(["check", f"{HERE / 'right/networks/post_attributes.py'}:ResNet18", "--train", "--json"])
    assert time.perf_counter() - start < 60
    target = json.loads(capfd.readouterr().out)["targets"][0]
    assert code == 0
    assert [f["rule"] for f in target["findings"] if f["severity"] != "note"] == []


@pytest.mark.parametrize("parts", [("conv1", "bn1", "layer1"), ("conv1", "bn1", "layer"), ("",)])
def test_frozen_parameters_are_no_mistake(parts: tuple[str, ...]) -> None:
    model = build("resnet20")
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(parts))
    before = {k: v.clone() for k, v in model.state_dict().items()}
    assert loud(examine(_candidate(model), {}, train=True)) == []
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_the_random_state_is_as_before() -> None:
    model = build("resnet8")
    state = torch.get_rng_state()
    examine(_candidate(model), {}, train=True)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_loss_that_is_not_finite_ends_the_training() -> None:
    model = build("resnet8")
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    losses, _ = overfit(model, Signal(3, 32, 2), 10)
    assert len(losses) == 1


def test_without_train_nothing_is_trained() -> None:
    report = check_network(build("resnet8"))
    assert not {"R162", "R163"} & {f.rule for f in report.findings}


def test_one_batch_that_teaches_nothing_is_not_held_against_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    lessons = iter([([2.3] * 100, 1.0), ([2.3, 0.4], 1.0)])
    monkeypatch.setattr(learning, "overfit", lambda *_: next(lessons))
    assert loud(examine(_candidate(build("resnet8")), {}, train=True)) == []


def test_two_batches_that_teach_nothing_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "overfit", lambda *_: ([2.3] * 100, 1.0))
    assert loud(examine(_candidate(build("resnet8")), {}, train=True)) == ["R162"]
