"""Is every planted mistake found, by its own rule, in its own line?"""

from __future__ import annotations

import re

import pytest

from tests.check.cases import Case, cases, check, surprises, usual

STOPPED = "R160"  # ends the process that runs it: test_command.py
PLANTED = cases("planted")
WANTED = re.compile(r": (\d+)[^:]*? where (\d+)\b.* expected")


@pytest.mark.parametrize("case", [usual(c) for c in PLANTED if STOPPED not in c.rules], ids=str)
def test_the_mistake_is_named_once_in_its_line(case: Case) -> None:
    assert surprises(case) == []
    numbers = [WANTED.search(found["message"]) for found in check(case)["findings"]]
    assert [pair[0] for pair in numbers if pair and pair[1] == pair[2]] == []  # no message wants what is there


def test_a_wanted_number_is_read_in_a_message() -> None:
    case = next(case for case in PLANTED if case.rules == {"R154"})
    assert WANTED.search(check(case)["findings"][0]["message"])


def test_a_mistake_is_planted_where_its_rule_is_looked_for() -> None:
    assert [str(case) for case in PLANTED if case.path.parent.name not in case.rules] == []
