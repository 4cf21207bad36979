"""Does a fix mend its finding? It is tried on a copy of the source, which is checked as the file was."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import libcst

from residua.check.fixes.edits import FIXES, candidates
from residua.check.fixes.page import Edits, Page, applied
from residua.check.jobs import Check, Settings, check_all
from residua.check.report.finding import NOT_RUN, CheckReport, Finding
from residua.check.report.places import file_of
from residua.check.target import Target
from residua.targets.notebooks import read_notebook

MOST_TRIES = 12  # a finding: each costs as much as the check itself, and what is right stands among the first


@dataclass(frozen=True)
class Mended:
    """What verified fixes make of one file. before, after: its whole text; fixed: the findings that go."""

    path: str
    before: str
    after: str
    fixed: tuple[Finding, ...]

    @property
    def patch(self) -> str:
        """The fixes together as a unified diff."""
        return unified(self.path, self.before, self.after)


def with_patches(
    reports: Sequence[CheckReport], sources: dict[str, str], settings: Settings, check: Check = check_all
) -> tuple[list[CheckReport], list[Mended]]:
    """Return the reports with the patches of verified fixes in their findings, and what these make of each file.

    sources: the text of each file as it was when it was checked. check: how the copies are checked.
    """

    def again(target: str, instead: dict[str, str]) -> list[CheckReport]:
        found = check([Target(target, named=True)], replace(settings, instead=instead))
        return [report for checked in found for report in checked.reports]

    out: list[CheckReport] = []
    mended = []
    for path, group in _by_file(reports):
        if path not in sources:
            out += group
            continue
        done, result = _File(path, sources[path], group, again).mended()
        out += done
        mended += [result] if result is not None else []
    return out, mended


def _by_file(reports: Sequence[CheckReport]) -> list[tuple[str, list[CheckReport]]]:
    groups: dict[str, list[CheckReport]] = {}
    for report in reports:
        groups.setdefault(file_of(report.target), []).append(report)
    return list(groups.items())


_Again = Callable[[str, dict[str, str]], list[CheckReport]]  # what a target gives with other texts for some files


class _File:
    """The reports of one file, and the fixes of their findings that hold."""

    def __init__(self, path: str, text: str, reports: list[CheckReport], again: _Again) -> None:
        self.path, self.text, self.reports, self.again = path, text, reports, again
        self.known: dict[tuple[str, int], Edits | None] = {}
        self.tried: dict[tuple[str, str], CheckReport | None] = {}

    def mended(self) -> tuple[list[CheckReport], Mended | None]:
        try:
            page = Page(self.text)
        except libcst.ParserSyntaxError:
            return self.reports, None
        reports: list[CheckReport] = []
        fixes: list[tuple[Finding, Edits]] = []
        for report in self.reports:
            findings = []
            mine = [self._edits(page, report, finding) for finding in report.findings]
            tries = list(dict.fromkeys(edits for edits in mine if edits is not None))
            for finding in report.findings:
                edits = self._widest(report, finding, tries)
                if edits is not None:
                    patch = unified(self.path, self.text, applied(self.text, edits))
                    finding = replace(finding, patch=patch)
                    fixes.append((finding, edits))
                findings.append(finding)
            reports.append(replace(report, findings=tuple(findings)))
        return reports, self._together(fixes)

    def _edits(self, page: Page, report: CheckReport, finding: Finding) -> Edits | None:
        """Return the first edits that mend a finding, and leave the other reports of the file as good as they were."""
        here = finding.file is not None and Path(finding.file).resolve() == Path(self.path).resolve()
        if not here or finding.line is None or finding.severity == "note" or finding.rule not in FIXES:
            return None
        key = (finding.rule, finding.line)
        if key not in self.known:
            tries = islice(candidates(finding.rule, page, finding.line), MOST_TRIES)
            self.known[key] = next((edits for edits in tries if self._holds(report, finding.rule, edits)), None)
        return self.known[key]

    def _widest(self, report: CheckReport, finding: Finding, tries: Sequence[Edits]) -> Edits | None:
        """Return the fix that mends a finding and most others of the report: that one is at their common cause."""
        if finding.severity == "note":
            return None
        holding = [edits for edits in tries if self._holds(report, finding.rule, edits)]
        mends = {e: sum(self._holds(report, other.rule, e) for other in report.findings) for e in holding}
        return max(holding, key=lambda edits: mends[edits], default=None)

    def _holds(self, report: CheckReport, rule: str, edits: Edits) -> bool:
        text = applied(self.text, edits)
        try:
            compile(text, self.path, "exec")
        except (SyntaxError, ValueError):
            return False
        after = self._checked(report, text)
        return after is not None and is_better(report, after, rule) and self._others_hold(report, text)

    def _others_hold(self, mine: CheckReport, text: str) -> bool:
        others = [each for each in self.reports if each is not mine and each.verdict != NOT_RUN]
        return all((after := self._checked(each, text)) is not None and not came(each, after) for each in others)

    def _checked(self, report: CheckReport, text: str) -> CheckReport | None:
        """Check a target again with another text in the place of its file."""
        key = (report.target, text)
        if key not in self.tried:
            found = self.again(report.target, {self.path: text})
            self.tried[key] = found[0] if len(found) == 1 and found[0].verdict != NOT_RUN else None
        return self.tried[key]

    def _together(self, fixes: list[tuple[Finding, Edits]]) -> Mended | None:
        """Return what the fixes make of the file: of two on overlapping lines the first; all, if they hold together."""
        chosen: list[tuple[Finding, Edits]] = []
        for finding, edits in fixes:
            same = any(edits == other for _, other in chosen)
            if same or not _overlap(self.text, edits, tuple(e for _, others in chosen for e in others)):
                chosen.append((finding, edits))
        while chosen:
            distinct = {edit for _, edits in chosen for edit in edits}
            text = applied(self.text, tuple(distinct))
            alone = len({edits for _, edits in chosen}) == 1
            if alone or all((a := self._checked(r, text)) is not None and not came(r, a) for r in self.reports):
                return Mended(self.path, self.text, text, tuple(finding for finding, _ in chosen))
            chosen = chosen[:-1]
        return None


def _loud(report: CheckReport) -> Counter[str]:
    return Counter(f.rule for f in report.findings if f.severity != "note")


def came(before: CheckReport, after: CheckReport) -> bool:
    """Tell whether there is a new error or warning, or a configuration that ran before and no longer does."""
    return bool(_loud(after) - _loud(before)) or not set(before.ran) <= set(after.ran)


def is_better(before: CheckReport, after: CheckReport, rule: str) -> bool:
    """Tell whether a finding of a rule is gone, and no other error or warning came."""
    return _loud(after)[rule] < _loud(before)[rule] and not came(before, after)


def _overlap(text: str, edits: Edits, others: Edits) -> bool:
    mine = _rows(text, edits)
    return bool(mine & _rows(text, others))


def _rows(text: str, edits: Edits) -> set[int]:
    return {
        row
        for edit in edits
        for row in range(text.count("\n", 0, edit.start), text.count("\n", 0, max(edit.start, edit.end - 1)) + 1)
    }


def unified(path: str, before: str, after: str) -> str:
    """Return a diff that `patch -p0` takes; the ends of the lines are those of the file. Of a notebook, one a cell."""
    if not path.endswith(".ipynb"):
        return _difference(path, before, after)
    old, new = before.split("\n"), after.split("\n")
    same = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    patches = []
    for number, first, last in read_notebook(Path(path)).cells():
        rows: list[str] = []
        for kind, start, end, start_new, end_new in same:
            if kind == "equal":
                rows += new[start_new + max(0, first - start) : start_new + max(0, min(end, last) - start)]
            elif first <= start < last:
                rows += new[start_new:end_new]
        texts = ("".join(f"{row}\n" for row in lines) for lines in (old[first:last], rows))
        patches.append(_difference(f"{path}, cell {number}", *texts))
    return "".join(patches)


def _difference(name: str, before: str, after: str) -> str:
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    rows = difflib.unified_diff(old, new, name, name)
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)
