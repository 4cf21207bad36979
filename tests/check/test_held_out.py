"""What does `check` find in blocks and networks that were written before it was run on them?

The first three sets are by the author of the rules, the others by people who knew neither the rules nor the code.
`docs/check.md` tells what the first run on each found.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.check.cases import Case, cases, surprises

HELD_OUT = cases("held_out")
FIRST = [case for case in HELD_OUT if case.is_right and case.path.parent.name in ("first", "second", "third")]
DOCS = Path(__file__).parents[2] / "docs" / "check.md"


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_no_alarm_on_the_right_blocks_of_the_held_out_sets(case: Case) -> None:
    assert surprises(case) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in HELD_OUT if case not in FIRST], ids=str)
def test_findings_in_the_held_out_sets_are_those_that_are_written_in_them(case: Case) -> None:
    assert surprises(case) == []


def test_the_sets_are_those_of_the_docs() -> None:
    rows = re.findall(r"^\| ([a-z]+(?:-\d+)?)\b[^|]*\| (\d+) \| \d+ \| \d+ \| (\d+) \|", DOCS.read_text("utf-8"), re.M)
    sets = Counter((case.path.parent.name.replace("_", "-"), case.is_right) for case in HELD_OUT)
    assert {name: (int(right), int(wrong)) for name, right, wrong in rows} == {
        name: (sets[name, True], sets[name, False]) for name, _ in sets
    }
