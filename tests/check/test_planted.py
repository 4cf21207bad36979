"""Is every planted mistake found, by its own rule, in its own line?"""

from __future__ import annotations

import pytest

from tests.check.cases import Case, cases, surprises

STOPPED = "R160"  # ends the process that runs it: test_command.py
PLANTED = cases("planted")


@pytest.mark.parametrize("case", [c for c in PLANTED if STOPPED not in c.rules], ids=str)
def test_the_mistake_is_named_once_in_its_line(case: Case) -> None:
    assert surprises(case) == []


def test_a_mistake_is_planted_where_its_rule_is_looked_for() -> None:
    assert [str(case) for case in PLANTED if case.path.parent.name not in case.rules] == []
