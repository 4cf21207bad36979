"""What does `residua check` say of the four documents?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from residua.check.examine import examine
from residua.check.report.finding import CheckReport
from residua.targets import find
from tests.check.conftest import DOCUMENTS

SEED = (DOCUMENTS / "seed004.py").read_text(encoding="utf-8")
OVERWRITTEN = (
    "            out = self.skip(x)\n        else:\n            out = x\n        out += x\n",
    "            identity = self.skip(x)\n        else:\n            identity = x\n        out = out + identity\n",
)
STRIDE = ("padding=1, stride=1, bias=False),\n            nn.BatchNorm2d(out_channels),\n            nn.ReLU()",
          "padding=1, stride=stride, bias=False),\n            nn.BatchNorm2d(out_channels),\n            nn.ReLU()")  # fmt: skip  # noqa: E501
CHANNELS = (
    "nn.ReLU(),\n            nn.Conv2d(in_channels=in_channels",
    "nn.ReLU(),\n            nn.Conv2d(in_channels=out_channels",
)
FIXES = {"R101": OVERWRITTEN, "R110": STRIDE, "R154": CHANNELS}


def line_of(text: str, part: str, nth: int = 1) -> int:
    rows = [i for i, row in enumerate(text.split("\n"), 1) if part in row]
    return rows[nth - 1]


def causes(report: CheckReport) -> dict[str, int | None]:
    return {f.rule: f.line for f in report.findings if f.severity != "note"}


def test_document_004_has_exactly_three_root_causes_with_their_lines(checked: Callable[..., CheckReport]) -> None:
    assert causes(checked(SEED)) == {
        "R101": line_of(SEED, "out = self.skip(x)"),
        "R110": line_of(SEED, "kernel_size=3", 1),
        "R154": line_of(SEED, "kernel_size=3", 2),
    }


@pytest.mark.parametrize("mended", FIXES)
def test_with_one_mistake_mended_the_others_remain(mended: str, checked: Callable[..., CheckReport]) -> None:
    old, new = FIXES[mended]
    assert old in SEED
    assert set(causes(checked(SEED.replace(old, new)))) == set(FIXES) - {mended}


def test_with_all_mended_nothing_remains(checked: Callable[..., CheckReport]) -> None:
    text = SEED
    for old, new in FIXES.values():
        text = text.replace(old, new)
    assert checked(text).errors == ()
    assert causes(checked(text)) == {}


@pytest.mark.parametrize(
    ("target", "notes"),
    [
        ("seed000.py:ResidualBlock", {"R124", "R150"}),
        ("seed001.py:Residual", {"R118", "R128", "R150"}),
        ("seed001.py:net", {"R118", "R128", "R150"}),
        ("seed002.py:ResidualBlock", {"R150"}),
    ],
)
def test_the_right_blocks_get_notes_only(target: str, notes: set[str]) -> None:
    report = examine(find(str(DOCUMENTS / target))[0], {})
    assert causes(report) == {}
    assert {f.rule for f in report.findings} == notes


def test_document_002_is_warned_of_its_fixed_pooling() -> None:
    path = Path(DOCUMENTS / "seed002.py")
    report = examine(find(f"{path}:ResNet")[0], {})
    text = path.read_text(encoding="utf-8")
    assert causes(report) == {"R132": line_of(text, "avg_pool2d")}
    projection = next(f for f in report.findings if f.rule == "R116")
    assert "+4,224 parameters" in projection.message
    assert projection.line == line_of(text, "nn.Conv2d(inchannel, outchannel, 1, stride")
