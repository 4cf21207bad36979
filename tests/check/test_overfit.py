"""Does `--train` stay silent on a network that learns, and name the one cause when it does not?"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import torch

from residua.check import check_network
from residua.check.examine import _candidate, examine
from residua.check.report.finding import CheckReport
from residua.check.run.overfit import overfit
from residua.cli.app import main
from residua.nn import build
from residua.targets import find
from residua.targets.inputs import Signal
from tests.check.networks import POST_ATTRIBUTES as NETWORK


def loud(report: CheckReport) -> list[str]:
    return [f.rule for f in report.findings if f.severity != "note"]


def trained(folder: Path, old: str = "", new: str = "") -> CheckReport:
    assert old in NETWORK
    path = folder / "net.py"
    path.write_text(NETWORK.replace(old, new, 1) if old else NETWORK, encoding="utf-8")
    return examine(find(str(path))[-1], {}, train=True)


def test_a_right_network_is_silent_and_done_within_a_minute(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.py"
    path.write_text(NETWORK, encoding="utf-8")
    start = time.perf_counter()
    code = main(["check", f"{path}:ResNet18", "--train", "--json"])
    assert time.perf_counter() - start < 60
    target = json.loads(capfd.readouterr().out)["targets"][0]
    assert code == 0
    assert [f["rule"] for f in target["findings"] if f["severity"] != "note"] == []


def test_softmax_inside_is_the_one_cause(tmp_path: Path) -> None:
    report = trained(tmp_path, "        x = self.fc(x)\n", "        x = F.softmax(self.fc(x), dim=1)\n")
    assert loud(report) == ["R134"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = self.block8(x)", "x = self.block8(x.detach())"),
        ("x = self.fc(x)", "x = self.fc(x.detach())"),
        ("out = self.conv2(out)", "out = self.conv2(out.detach())"),
        ("        return x\n", "        return x.detach()\n"),
    ],
)
def test_a_detached_branch_is_the_one_cause(tmp_path: Path, old: str, new: str) -> None:
    report = trained(tmp_path, old, new)
    assert loud(report) == ["R127"]
    assert new.strip() in (tmp_path / "net.py").read_text().splitlines()[report.findings[0].line - 1]  # type: ignore[operator]


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


def test_without_train_nothing_is_trained(tmp_path: Path) -> None:
    report = check_network(build("resnet8"))
    assert not {"R162", "R163"} & {f.rule for f in report.findings}
