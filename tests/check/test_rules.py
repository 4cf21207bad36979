"""Is what stands beside each rule true: its row in the docs, its Chinese texts, and is a mistake of it planted?"""

from __future__ import annotations

import re
from pathlib import Path

from residua.check.rules import RULES
from residua.check.rules.rule import SEVERITIES, chinese
from tests.check.cases import cases

DOCS = Path(__file__).parents[2] / "docs" / "check.md"


def test_every_rule_is_planted() -> None:
    assert {rule for case in cases("planted") for rule in case.rules} == set(RULES)


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
