"""Are cut gradients and results that go nowhere named in their line, wherever in the block or network they are?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.mutants import HEAD

FUNCTIONAL = (
    HEAD
    + """class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        identity = x
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + identity)
"""
)
SEQUENTIAL = (
    HEAD
    + """class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Identity()
        if in_channels != out_channels or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        identity = self.shortcut(x)
        return F.relu(self.body(x) + identity)
"""
)
NETWORK = (
    FUNCTIONAL
    + """

class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.ModuleList([Block(16) for _ in range(3)])
        self.head = nn.Linear(16, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))
"""
)
BOTTLENECK = (
    HEAD
    + """class Bottleneck(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.spatial = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.expand = nn.Sequential(nn.Conv2d(16, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.shortcut = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        low = self.reduce(x)
        wide = self.spatial(low)
        return F.relu(self.expand(wide) + self.shortcut(x))
"""
)


def mutant(base: str, old: str, new: str) -> tuple[str, int]:
    """Return the source with one edit, and the line of the edit."""
    assert base.count(old) == 1
    return base.replace(old, new), base[: base.index(old)].count("\n") + 1


CASES = [
    ("R127", *mutant(FUNCTIONAL, "identity = x", "identity = x.data")),
    ("R127", *mutant(FUNCTIONAL, "identity = x", "identity = x.detach().clone()")),
    ("R127", *mutant(SEQUENTIAL, "identity = self.shortcut(x)", "identity = self.shortcut(x.detach())")),
    ("R127", *mutant(FUNCTIONAL, "out = self.bn2(self.conv2(out))",
                     "out = self.bn2(self.conv2(torch.from_numpy(out.detach().numpy())))")),
    ("R155", *mutant(NETWORK, "x = block(x)", "out = block(x)")),
    ("R155", *mutant(BOTTLENECK, "wide = self.spatial(low)", "wide, _ = low, self.spatial(low)")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "source", "line"), CASES)
def test_what_is_lost_is_named_in_its_line(
    rule: str, source: str, line: int, checked: Callable[..., CheckReport]
) -> None:
    report = checked(source.replace("x = self.head(x", "x = self.head(out"))
    assert [(f.rule, f.line) for f in report.errors] == [(rule, line)]


@pytest.mark.parametrize("source", [FUNCTIONAL, SEQUENTIAL, NETWORK, BOTTLENECK])
def test_the_same_code_without_the_mistake_is_silent(source: str, checked: Callable[..., CheckReport]) -> None:
    assert [f for f in checked(source).findings if f.severity != "note"] == []
