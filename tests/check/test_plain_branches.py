"""Are linear branches, missing norms, layers made in forward and frozen layers found, and their right relatives not?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.test_lost_on_the_way import FUNCTIONAL, SEQUENTIAL, mutant

FREEZE = "        self.bn2 = nn.BatchNorm2d(channels)\n"
LAST_NORM = "            nn.BatchNorm2d(out_channels),\n        )"
LINEAR_SUM = SEQUENTIAL.replace("F.relu(self.body(x) + identity)", "self.body(x) + identity")
IN_FORWARD = FUNCTIONAL.replace("identity = x", "identity = nn.Conv2d(x.shape[1], x.shape[1], 1)(x)")
CASES = [
    ("R156", *mutant(SEQUENTIAL, "            nn.ReLU(),\n", "")),
    ("R156", FUNCTIONAL.replace("F.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))"), 17),
    ("R157", SEQUENTIAL.replace(LAST_NORM, "        )"), 13),
    ("R158", IN_FORWARD, 15),
    ("R159", FUNCTIONAL.replace(FREEZE, FREEZE + "        self.conv2.weight.requires_grad_(False)\n"), 13),
    ("R106", LINEAR_SUM.replace(LAST_NORM, LAST_NORM[:-10] + "\n            nn.ReLU(),\n        )"), 15),
]


@pytest.mark.parametrize(("rule", "source", "line"), CASES, ids=[c[0] for c in CASES])
def test_the_mistake_is_named_in_its_line(
    rule: str, source: str, line: int, checked: Callable[..., CheckReport]
) -> None:
    found = [(f.rule, f.line) for f in checked(source).findings if f.severity != "note"]
    assert (rule, line) in found
    assert len(found) == 1


def test_separable_kernels_and_biased_last_convolutions_are_silent(checked: Callable[..., CheckReport]) -> None:
    separable = FUNCTIONAL.replace("3, padding=1", "(1, 3), padding=(0, 1)", 1).replace(
        "F.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))"
    )
    biased = (
        FUNCTIONAL.replace(
            "self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)",
            "self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)",
        )
        .replace("self.bn2(self.conv2(out))", "self.conv2(out)")
        .replace(FREEZE, "")
    )
    for source in (separable, biased):
        assert [f for f in checked(source).findings if f.severity != "note"] == []
