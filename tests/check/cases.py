"""What must `residua check` find in a file of user's code, as the file itself says?

A file below `planted/`, `right/` or `held_out/` holds one case. Its first line says what is checked and whether it is
right, in the words of a command line:

    # residua-test: wrong target=ResNet args='layers=[1, 1], num_classes=10'

target  the class or function
args    what `--args` gets
train   (without a value) `--train` is given
slow    (without a value) one more writing of a mistake, or a large network; tried with the slow tests alone
style   what the block must be called
right   the same code without the mistake, below `right/`: there the rule must not speak, not even in a note

A comment at the end of a line says what is reported there:

    out = self.conv2(x)  # expect: R103       an error or a warning
    y = y + x  # expect: R145 note            with that severity; a note that no mark names may come and go
    return self.fc(x)  # expect               any finding would be right here too; so the authors of held-out sets mark
    y = self.bn(y)  # found: R118             reported today, and nobody asks for it: in another line than the
                                              author's, beside the mistake itself, or a false alarm

Every error and every warning of a case has its mark, and every mark that names a rule its finding. The marks are
comments of the file that `check` reads; nothing is taken out before.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from residua.cli.app import main

HERE = Path(__file__).parent
FIRST_LINE = re.compile(r"# residua-test: (right|wrong) (.+)")
MARK = re.compile(r"  # (expect|found)(?:: (R\d+[^#]*?))?(?=$|  #)")
KEYS = {"target", "args", "train", "slow", "style", "right"}


@dataclass(frozen=True)
class Mark:
    """A finding that is named in a line; without a rule, a line in which any finding would be right."""

    line: int
    rule: str = ""
    severity: str = ""  # empty: an error or a warning
    wanted: bool = True

    def is_of(self, finding: dict[str, Any]) -> bool:
        """Tell whether a finding has this mark's rule and severity."""
        severities = (self.severity,) if self.severity else ("error", "warning")
        return bool(finding["rule"] == self.rule and finding["severity"] in severities)


@dataclass(frozen=True)
class Case:
    """One file of user's code, and what it says of itself."""

    path: Path
    is_right: bool
    target: str
    args: str
    train: bool
    slow: bool
    style: str
    right: str
    marks: tuple[Mark, ...]

    def __str__(self) -> str:
        return str(self.path.relative_to(HERE).with_suffix(""))

    @property
    def rules(self) -> set[str]:
        """The rules that must speak."""
        return {mark.rule for mark in self.marks if mark.wanted and mark.rule}

    @property
    def lines(self) -> set[int]:
        """The lines in which a finding is right."""
        return {mark.line for mark in self.marks if mark.wanted}


def cases(folder: str) -> list[Case]:
    """Return the cases of a folder and its sub-folders, in order of their names."""
    return [read(path) for path in sorted((HERE / folder).rglob("*.py"))]


def read(path: Path) -> Case:
    """Return the case that stands in a file."""
    rows = path.read_text(encoding="utf-8").split("\n")
    first = FIRST_LINE.fullmatch(rows[0])
    assert first, f"{path}: the first line is not '# residua-test: right|wrong target=NAME …'"
    words = dict(word.partition("=")[::2] for word in shlex.split(first[2]))
    assert "target" in words, f"{path}: no target=NAME"
    assert set(words) <= KEYS, f"{path}: {set(words) - KEYS} is not known"
    marks = tuple(mark for number, row in enumerate(rows, 1) for mark in _marks_in(number, row))
    is_right = first[1] == "right"
    assert is_right != any(mark.wanted for mark in marks), f"{path}: a wrong file expects a finding, a right one none"
    given = {key: words.get(key, "") for key in KEYS - {"train", "slow"}}
    return Case(path, is_right, train="train" in words, slow="slow" in words, marks=marks, **given)


def _marks_in(number: int, row: str) -> list[Mark]:
    marks = []
    for kind, named in MARK.findall(row):
        for each in named.split(", "):
            rule, _, severity = each.strip().partition(" ")
            marks.append(Mark(number, rule, severity, kind == "expect"))
    return marks


def usual(case: Case) -> Any:
    """Return the case as a parameter of a test, with the mark of the slow ones where it says so."""
    return pytest.param(case, marks=pytest.mark.slow) if case.slow else case


@cache
def check(case: Case) -> dict[str, Any]:
    """Return what `residua check --json` prints of a case, each case once a process."""
    words = ["check", f"{case.path}:{case.target}", "--json", "--no-isolate"]
    words += ["--args", case.args] if case.args else []
    words += ["--train"] if case.train else []
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    assert code in (0, 1, 2), err.getvalue()
    target: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])["targets"][0]
    assert code != 2 or (target["verdict"] == "not run" and "held_out" in case.path.parts), err.getvalue()
    return target


def loud(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the errors and warnings of a report."""
    return [finding for finding in report["findings"] if finding["severity"] != "note"]


def surprises(case: Case) -> list[str]:
    """Return in what the findings differ from the marks."""
    left = [mark for mark in case.marks if mark.rule]
    free = {mark.line for mark in case.marks if not mark.rule}
    report = check(case)
    found: list[str] = []
    for finding in report["findings"]:
        line = finding["line"]
        mine = [mark for mark in left if mark.is_of(finding) and (mark.line == line or (mark.wanted and line in free))]
        if mine:
            left.remove(min(mine, key=lambda mark: mark.line != line))
        elif finding["severity"] != "note":
            found.append(f"{finding['rule']} ({finding['severity']}) in line {line}: {finding['message']}")
    found += [f"no {mark.rule} in line {mark.line}" for mark in left]
    if case.style and report["style"] != case.style:
        found.append(f"its style is {report['style']!r}")
    return found
