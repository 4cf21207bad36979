"""Does all that is done for a class keep to one limit of processor time, and is what was found before it told?"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from residua.check.report.finding import CheckReport
from residua.check.report.full import not_tried
from residua.check.run.limit import clock
from residua.check.run.limit.hollow import pass_hollow
from residua.check.run.limit.lighter import TOO_LONG, lighter, tried
from residua.cli.app import main
from residua.targets.inputs import Signal
from tests.check.test_whole_files import checked

# Hours of work, in operations of some milliseconds: a network whose every input takes too long.
ENDLESS = """
class Endless(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        for _ in range(10**8):
            x = x + self.conv(x)
        return x

class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv(x)
"""
# The first run takes a moment, and each further pass a second: what was measured by then is not lost.
SLOW_OPTIONS = """
class Block(nn.Module):
    def __init__(self, channels, scale=1.0, use_bias=True):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=use_bias)
        self.spare = nn.Conv2d(channels, channels, 3)
        self.steps = 0 if use_bias else 10**8
    def forward(self, x):
        for _ in range(self.steps):
            x = x + self.conv(x)
        return x + self.conv(x)
"""


def busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_class_has_one_limit_for_all_tries(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    found = checked(capfd, tmp_path, net=ENDLESS)
    assert found["Endless"]["reason"].startswith("it ran for more than 10 s")
    assert found["Block"]["reason"] == ""
    assert time.monotonic() - began < 60  # ten seconds of a processor that others use too


def test_what_was_found_is_told_where_an_option_takes_too_long(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = checked(capfd, tmp_path, net=SLOW_OPTIONS)["Block"]
    assert (found["reason"], found["left_out"]) == ("", ["other options"])
    assert "R126" in [each["rule"] for each in found["findings"]]


def test_what_was_left_out_is_said() -> None:
    report = CheckReport("net.py:Net", "network", left_out=("other sides", "R226"))
    assert not_tried(report, "en") == (
        "not tried for lack of time: other sides, R226; give --timeout-seconds for a longer limit"
    )
    assert not_tried(report, "zh") == "因时间不足而未尝试:其他边长, R226;请用 --timeout-seconds 给出更长的限制"
    many = CheckReport("net.py:Net", "network", left_out=tuple(f"R{code}" for code in range(101, 111)))
    assert ": 10 rules;" in not_tried(many, "en")


def test_a_step_ends_with_its_time_and_the_next_one_has_its_own() -> None:
    with clock.limited(5.0):
        with clock.optional("first", 0.02):
            busy(2.0)
        with clock.optional("second", 0.9):
            busy(0.01)
        assert clock.left_out() == ("first",)
        assert clock.left() > 4
        with pytest.raises(clock.OverTime), clock.within(0.05):
            busy(2.0)
    assert clock.left() == float("inf")


def test_code_that_catches_everything_is_stopped_too() -> None:
    def stubborn() -> None:
        try:
            busy(30.0)
        except BaseException:
            busy(30.0)

    began = time.process_time()
    with pytest.raises(clock.OverTime), clock.limited(0.1):
        stubborn()
    assert time.process_time() - began < 3


def test_without_a_limit_nothing_is_stopped() -> None:
    with clock.optional("anything"), clock.within(0.01), clock.first_part():
        busy(0.05)
    assert clock.left_out() == ()


class Wide(nn.Module):
    """Takes a time that grows with the map, and wants none of a certain size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        busy(1.0 * (x.shape[-1] / 64) ** 2)
        return self.conv(x)


def test_a_network_that_takes_its_time_is_measured_on_a_smaller_image() -> None:
    module, offer = Wide(), Signal(3, 64, 2)
    with clock.limited(4.0):
        found, outputs, error = lighter(module, offer, *tried(module, offer))
    assert (found.side, error) == (32, "")
    assert outputs
    assert lighter(module, offer, [torch.zeros(1)], "")[0] is offer  # without a limit the usual one is as good


def test_a_pass_that_takes_more_than_a_quarter_of_the_time_is_no_failure_of_the_code() -> None:
    with clock.limited(1.0):
        assert tried(Wide(), Signal(3, 128, 2))[1] == TOO_LONG


def outcome(run: Any) -> Any:
    try:
        return run()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("side", [3, 8, 33])
@pytest.mark.parametrize("channels", [4, 5])
@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 8, 5, 2, 1),
        nn.Conv2d(4, 8, 3, padding="same", groups=2),
        nn.ConvTranspose2d(4, 6, 4, 2, 1, 1),
        nn.ConvTranspose2d(4, 6, 3, 3, 0, 2, groups=2),
        nn.Sequential(nn.Conv2d(4, 300, 1), nn.BatchNorm2d(300), nn.ReLU(inplace=True), nn.Conv2d(300, 4, 9)),
        nn.Sequential(nn.Conv2d(4, 16, 1), nn.Flatten(), nn.Linear(1024, 3)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_shapes_fail_without_the_arithmetic_as_with_it(layer: nn.Module, channels: int, side: int) -> None:
    x, shapes = torch.randn(2, channels, side, side), []

    class Whole(nn.Module):
        def forward(self, x: Tensor) -> None:
            shapes.append(layer.eval()(x).shape)

    whole = Whole()
    assert outcome(lambda: pass_hollow(whole, [x])) == outcome(lambda: whole(x))
    assert len(set(shapes)) <= 1


def test_maps_that_do_not_meet_fail_without_the_arithmetic() -> None:
    class Apart(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([x, F.relu(x)[..., 1:]], 1) if len(x) == 1 else x + F.relu(x)[..., 1:]

    for count in (1, 2):
        x = torch.randn(count, 8, 64, 64)
        assert outcome(lambda x=x: pass_hollow(Apart(), [x])) == outcome(lambda x=x: Apart()(x))


def test_what_another_guess_is_compared_with_is_whole_or_nothing() -> None:
    with clock.limited(5.0):
        with pytest.raises(clock.OverTime), clock.undivided(), clock.optional("R226", 0.01):
            busy(2.0)
        assert clock.left_out() == ()
        assert clock.left() > 2


# It puts back what the signal of our timer does by default, as a sampling profiler that stops: that ends the process.
UNGUARDED = """
import signal

class Unguarded(nn.Module):
    def __init__(self):
        super().__init__()
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        for _ in range(10**8):
            x = x + self.conv(x)
        return x
"""


def test_a_process_that_our_own_timer_ended_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "unguarded.py"
    path.write_text("import torch\nfrom torch import nn\n" + UNGUARDED, encoding="utf-8")
    code = main(["check", f"{path}:Unguarded", "--json", "--timeout-seconds", "2"])
    target = json.loads(capsys.readouterr().out)["targets"][0]
    assert (code, target["findings"]) == (2, [])
    assert "longer" in target["reason"]
