"""Are mistakes found in networks of one forward, in the order of axes, in plain tensors, and in what goes nowhere?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from residua.check.report.finding import CheckReport
from residua.cli.app import main

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"
NETWORK = (
    HEAD
    + """class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c0, self.b0 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.c1, self.b1 = nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.c2, self.b2 = nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        x = F.relu(self.b0(self.c0(x)))
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        x = F.relu(x + y)
        return self.fc(x.mean((2, 3)))
"""
)
MIXER = (
    HEAD
    + """class Mixer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, 2 * dim)
        self.down = nn.Linear(2 * dim, dim)

    def forward(self, x):
        n, c, h, w = x.shape
        y = self.dw(x).permute(0, 2, 3, 1)
        y = self.down(F.gelu(self.up(self.norm(y))))
        return x + y.permute(0, 3, 1, 2)
"""
)
ATTENTION = (
    HEAD
    + """class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        a = torch.softmax(q @ k.transpose(1, 2) / c**0.5, dim=-1)
        y = self.out(a @ v)
        return x + y.transpose(1, 2).reshape(b, c, h, w)
"""
)
PLAIN = (
    HEAD
    + """class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, dim, 3, 3) * 0.05)
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        return x + F.conv2d(y, self.weight, padding=1)
"""
)
MASK = "torch.bernoulli(torch.full((x.shape[0], 1, 1, 1), 0.8))"
CASES = [
    ("R104", NETWORK, "x = F.relu(x + y)", "x = F.relu(y + y)"),
    ("R106", NETWORK, "y = self.b2(self.c2(y))", "y = F.relu(self.b2(self.c2(y)))"),
    ("R101", NETWORK, "x = F.relu(x + y)", "F.relu(x + y)"),
    ("R167", NETWORK, "return self.fc(x.mean((2, 3)))", "return F.relu(self.fc(x.mean((2, 3))))"),
    ("R164", MIXER, "y = self.dw(x).permute(0, 2, 3, 1)", "y = self.dw(x).reshape(n, h, w, c)"),
    ("R164", ATTENTION, "return x + y.transpose(1, 2).reshape", "return x + y.reshape"),
    ("R165", ATTENTION, "dim=-1)", "dim=1)"),
    ("R155", PLAIN, "y = F.relu(self.norm(self.conv(x)))", "y = self.norm(self.conv(x)); F.relu(y)"),
    ("R168", PLAIN, "nn.Parameter(torch.randn(dim, dim, 3, 3) * 0.05)", "torch.randn(dim, dim, 3, 3) * 0.05"),
    ("R166", PLAIN, "return x + F.conv2d(y, self.weight, padding=1)",
     f"y = x + F.conv2d(y, self.weight, padding=1)\n        return y * {MASK} / 0.8 if self.training else y"),
]  # fmt: skip


@pytest.mark.parametrize("source", [NETWORK, MIXER, ATTENTION, PLAIN])
def test_the_bases_are_right(source: str, checked: Callable[..., CheckReport]) -> None:
    assert checked(source).verdict in ("ok", "notes")


@pytest.mark.parametrize(("rule", "source", "right", "wrong"), CASES, ids=[c[0] for c in CASES])
def test_the_mistake_is_named_in_its_line(
    rule: str, source: str, right: str, wrong: str, checked: Callable[..., CheckReport]
) -> None:
    assert right in source
    text = source.replace(right, wrong)
    line = text[: text.index(wrong) + len(wrong) - 1].count("\n") + 1
    found = [(f.rule, f.line) for f in checked(text).findings if f.severity != "note"]
    assert (rule, line) in found


def test_random_depth_that_rests_in_training_is_right(checked: Callable[..., CheckReport]) -> None:
    resting = PLAIN.replace(
        "        y = F.relu",
        "        if self.training and torch.rand(1) >= 0:\n            return x\n        y = F.relu",
    )
    assert checked(resting).verdict in ("ok", "notes")


def test_a_block_that_adds_in_training_only_is_found(checked: Callable[..., CheckReport]) -> None:
    text = PLAIN.replace(
        "return x + F.conv2d(y, self.weight, padding=1)",
        "y = F.conv2d(y, self.weight, padding=1)\n        return x + y if self.training else y",
    )
    assert [f.rule for f in checked(text).errors] == ["R102"]


def test_a_configuration_object_is_filled_by_its_names(checked: Callable[..., CheckReport]) -> None:
    text = PLAIN.replace("def __init__(self, dim)", "def __init__(self, config)").replace(
        "super().__init__()", "super().__init__()\n        dim = config.hidden_size"
    )
    assert checked(text).style == "linear-output basic"


def test_outputs_that_a_list_carries_to_the_head_are_no_waste(checked: Callable[..., CheckReport]) -> None:
    """WaveNet's skip outputs pass by the later sums and meet at the end (van den Oord 2016 Fig. 4)."""
    text = (
        HEAD
        + """class Waves(nn.Module):
    def __init__(self, in_ch, width=16):
        super().__init__()
        self.front = nn.Conv1d(in_ch, width, 1)
        self.gates = nn.ModuleList([nn.Conv1d(width, width, 3, padding=2 ** i, dilation=2 ** i) for i in range(3)])
        self.onward = nn.ModuleList([nn.Conv1d(width, width, 1) for _ in range(2)])
        self.aside = nn.ModuleList([nn.Conv1d(width, 8, 1) for _ in range(3)])
        self.last = nn.Conv1d(8, in_ch, 1)

    def forward(self, x):
        x, kept = self.front(x), []
        for at, gate in enumerate(self.gates):
            z = torch.tanh(gate(x))
            kept.append(self.aside[at](z))
            if at < len(self.onward):
                x = x + self.onward[at](z)
        return self.last(F.relu(torch.stack(kept).sum(0)))
"""
    )
    assert [each.rule for each in checked(text, "Waves").findings if each.severity != "note"] == []


def test_arguments_may_be_words_of_the_users_own_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        HEAD
        + """class Size:
    def __init__(self, width, other):
        self.width = width + other


class Block(nn.Module):
    def __init__(self, size, norm, act):
        super().__init__()
        assert act == "relu"
        self.conv, self.norm = nn.Conv2d(size.width, size.width, 3, padding=1, bias=False), norm(size.width)

    def forward(self, x):
        return x + self.norm(self.conv(x))
"""
    )
    (tmp_path / "block.py").write_text(text)
    target = f"{tmp_path / 'block.py'}:Block"
    assert main(["check", target, "--args", "size=Size(8, other=4), norm=nn.BatchNorm2d, act=relu", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["targets"][0]["verdict"] in ("ok", "notes")
    assert main(["check", target, "--args", "size=Size(8), norm=nn.BatchNorm2d, act=relu"]) == 2
    assert "the argument Size(8) fails: TypeError" in capsys.readouterr().err
