"""Is every planted mistake found, by its own rule, in its own line?"""

from __future__ import annotations

import re

import pytest

from tests.check.cases import Case, cases, check, surprises

STOPPED = "R160"  # ends the process that runs it: test_command.py
PLANTED = cases("planted")


@pytest.mark.parametrize("case", [c for c in PLANTED if STOPPED not in c.rules], ids=str)
def test_the_mistake_is_named_once_in_its_line(case: Case) -> None:
    assert surprises(case) == []


def test_a_mistake_is_planted_where_its_rule_is_looked_for() -> None:
    assert [str(case) for case in PLANTED if case.path.parent.name not in case.rules] == []


def test_no_message_wants_the_number_that_is_there() -> None:
    said = [found["message"] for case in PLANTED if STOPPED not in case.rules for found in check(case)["findings"]]
    pairs = [re.search(r": (\d+)[^:]*? where (\d+)\b.* expected", message) for message in said]
    assert len([pair for pair in pairs if pair]) > 5
    assert [pair[0] for pair in pairs if pair and pair[1] == pair[2]] == []
