"""Is what stands beside each rule true: its row in the docs, its Chinese texts, and is a wrong source of it found?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from residua.check.report.finding import CheckReport
from residua.check.rules import RULES
from residua.check.rules.chinese import chinese
from residua.check.rules.rule import SEVERITIES
from tests.check import (
    network_mutants,
    test_chance,
    test_plain_branches,
    test_reach,
    test_replaced,
    test_whole_forwards,
)
from tests.check.mutants import ATTRIBUTES, HEAD, MUTANTS, SEQUENTIAL
from tests.check.networks import NAMES, NETWORKS

DOCS = Path(__file__).parents[2] / "docs" / "check.md"
STOPPED = "R160"  # found from outside the process: test_command.py

BOTTLENECK = (
    HEAD
    + """class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, stride=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))
"""
)
PREACTIVATION = (
    HEAD
    + """class PreAct(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.project = None
        if stride != 1 or cin != cout:
            self.project = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = x if self.project is None else self.project(out)
        return self.conv2(F.relu(self.bn2(self.conv1(out)))) + shortcut
"""
)
HALVES = (
    HEAD
    + """class Halves(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(nn.Conv2d(half, half, 3, padding=1, bias=False), nn.BatchNorm2d(half), nn.ReLU())

    def forward(self, x):
        a, b = x.chunk(2, 1)
        return torch.cat([a, b + self.body(b)], 1)
"""
)
MODULES = ATTRIBUTES.replace(
    "self.shortcut = nn.Identity()",
    "self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()\n        self.shortcut = nn.Identity()",
)
MODULES = MODULES.replace("F.relu(out)", "self.relu1(out)", 1).replace("F.relu(out)", "self.relu2(out)", 1)
AVERAGED = "nn.AvgPool2d(s, ceil_mode=True), nn.Conv2d(cin, cout, 1, bias=False)"
STRIDED = "nn.Conv2d(cin, cout, 1, s, bias=False)"
SHARED = (("(n - 1):", "(0):"), ("    return nn.Sequential(*blocks)", "    return nn.Sequential(*blocks * n)"))
# What is a note, or planted by no other test: the right source, and the edits that make it wrong.
PLANTED: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "R113": (BOTTLENECK, (("planes, 1, stride=1", "planes, 1, stride=stride"), ("3, stride=stride", "3, stride=1"))),
    "R116": (ATTRIBUTES, (("if stride != 1 or in_channels != out_channels:", "if True:"),)),
    "R122": (NETWORKS["post-sequential"], SHARED),
    "R124": (MODULES, (("self.relu2(out)", "self.relu1(out)"),)),
    "R139": (PREACTIVATION, (("self.project(out)", "self.project(x)"),)),
    "R150": (SEQUENTIAL.replace(STRIDED, AVERAGED), ((AVERAGED, STRIDED),)),
    "R173": (HALVES, (("b + self.body(b)", "a + self.body(a)"),)),
    **{m.rule: (m.base, m.edits) for m in [*MUTANTS, *network_mutants.MUTANTS] if m.severity == "note"},
}
ELSEWHERE = {
    *(mutant.rule for mutant in [*MUTANTS, *network_mutants.MUTANTS]),
    *(case[0] for case in [*test_plain_branches.CASES, *test_whole_forwards.CASES]),
    *(rule for module in (test_chance, test_reach, test_replaced) for rule, _ in module.WRONG.values()),
}


def test_every_rule_is_planted() -> None:
    assert {*PLANTED, *ELSEWHERE, STOPPED} == set(RULES)


@pytest.mark.parametrize("rule", PLANTED)
def test_a_wrong_source_triggers_its_rule_and_a_right_one_does_not(
    rule: str, checked: Callable[..., CheckReport]
) -> None:
    right, edits = PLANTED[rule]
    wrong = right
    for old, new in edits:
        assert old in wrong
        wrong = wrong.replace(old, new, 1)
    name = next((NAMES.get(style, "") for style, source in NETWORKS.items() if source == right), "")
    assert rule in {finding.rule for finding in checked(wrong, name).findings}
    assert rule not in {finding.rule for finding in checked(right, name).findings}


def test_the_table_of_the_docs_is_drawn_from_the_rules() -> None:
    rows = re.findall(r"^\| (R\d+) \| (\w+) \| (.+?) \|", DOCS.read_text(encoding="utf-8"), re.M)
    assert rows == [(rule.code, rule.severity, rule.title) for rule in RULES.values()]


def test_every_rule_speaks_chinese_with_the_same_facts() -> None:
    assert set(chinese()) == set(RULES)
    for rule in RULES.values():
        for text in ("title", "message", "evidence"):
            facts = set(re.findall(r"\{(\w+)\}", chinese()[rule.code][text]))
            assert facts <= set(re.findall(r"\{(\w+)\}", getattr(rule, text))), (rule.code, text)


def test_what_a_rule_implies_is_a_rule() -> None:
    for rule in RULES.values():
        assert set(rule.implies) <= set(RULES) - {rule.code}
        assert rule.severity in SEVERITIES
