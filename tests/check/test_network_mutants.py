"""Is every mistake planted in a whole network found, by its own rule, in its own line?"""

from __future__ import annotations

from pathlib import Path

import pytest

from residua.check.examine import examine
from residua.check.report.finding import CheckReport
from residua.targets import find
from tests.check.mutants import Mutant
from tests.check.network_mutants import MUTANTS
from tests.check.networks import NAMES, NETWORKS


def checked(folder: Path, source: str, name: str = "", train: bool = False) -> CheckReport:
    """Write a source to a file and check one name in it (default: the last class)."""
    path = folder / "network.py"
    path.write_text(source, encoding="utf-8")
    return examine(find(f"{path}:{name}" if name else str(path))[-1], {}, train=train)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{m.rule}-{m.style}-{i}" for i, m in enumerate(MUTANTS)])
def test_the_mistake_is_named_once_in_its_line(mutant: Mutant, tmp_path: Path) -> None:
    report = checked(tmp_path, mutant.source, mutant.name, mutant.train)
    found = [f for f in report.findings if f.rule == mutant.rule and f.line in mutant.lines]
    assert found, [(f.rule, f.line, f.message) for f in report.findings]
    assert found[0].severity == (mutant.severity or found[0].severity)
    assert mutant.severity == "note" or found[0].severity in ("error", "warning")
    assert len(report.errors) <= 1, [(f.rule, f.line, f.message) for f in report.errors]


@pytest.mark.parametrize("style", NETWORKS)
def test_the_base_of_the_mutants_is_right(style: str, tmp_path: Path) -> None:
    report = checked(tmp_path, NETWORKS[style], NAMES.get(style, ""), train=style.startswith("post"))
    assert report.verdict in ("ok", "notes"), report.findings
    assert report.style == "network"
