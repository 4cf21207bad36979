"""Is every planted mistake found, by its own rule, in its own line?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.mutants import BASES, MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{m.rule}-{m.style}-{i}" for i, m in enumerate(MUTANTS)])
def test_the_mistake_is_named_once_in_its_line(mutant: Mutant, checked: Callable[..., CheckReport]) -> None:
    report = checked(mutant.source)
    found = [f for f in report.findings if f.rule == mutant.rule and f.line in mutant.lines]
    assert found, [(f.rule, f.line, f.message) for f in report.findings]
    assert found[0].severity == (mutant.severity or found[0].severity)
    assert mutant.severity == "note" or found[0].severity in ("error", "warning")
    assert len(report.errors) <= 1, [(f.rule, f.line, f.message) for f in report.errors]


@pytest.mark.parametrize("style", BASES)
def test_the_base_of_the_mutants_is_right(style: str, checked: Callable[..., CheckReport]) -> None:
    report = checked(BASES[style])
    assert report.verdict in ("ok", "notes"), report.findings
    assert report.style == "post-activation basic"
