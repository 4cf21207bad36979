"""How does a person read reports on a screen: what was found, the line of code, what was measured, what helps?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from residua.check.report.finding import CheckReport, Finding
from residua.check.report.places import place_of
from residua.check.rules.phrases import in_language

_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


@dataclass(frozen=True)
class Line:
    """One line of text. style: of its first `styled` characters, or of all. whole: it is cut and never wrapped."""

    text: str
    style: str = ""
    styled: int | None = None
    indent: int = 0
    whole: bool = False


def as_full(reports: Sequence[CheckReport], quiet: bool, lang: str = "en") -> Iterator[Line]:
    """Yield the lines of reports; a quiet one tells no notes."""
    for report in reports:
        verdict, style = in_language(report.verdict, lang), in_language(report.style, lang)
        if report.reason:
            yield Line(f"{report.target}  {verdict}: {report.reason}", "bold")
            continue
        yield Line(f"{report.target}  {style}  {verdict}  {report.seconds:.2f} s", "bold")
        if report.left_out:
            yield Line(not_tried(report, lang), "dim", indent=2)
        for finding in report.findings:
            if not (quiet and finding.severity == "note"):
                yield from _finding(finding, report.target, lang)


_MANY = 6  # rules whose codes no one reads in a line; JSON has them all


def not_tried(report: CheckReport, lang: str) -> str:
    """Say what a report does not rest on, as the time was over before."""
    rules = [each for each in report.left_out if each.startswith("R")]
    steps = [in_language(each, lang) for each in report.left_out if each not in rules]
    what = ", ".join([*steps, *(rules if len(rules) < _MANY else [in_language(f"{len(rules)} rules", lang)])])
    return in_language(f"not tried for lack of time: {what}; give --timeout-seconds for a longer limit", lang)


def _finding(finding: Finding, target: str, lang: str) -> Iterator[Line]:
    head = f"{finding.rule} {in_language(finding.severity, lang)}: "
    yield Line(head + finding.message, _COLOURS[finding.severity], styled=len(head))
    place = place_of(finding, target)
    if place.line is not None:
        yield Line(str(place), "dim", indent=2, whole=True)
    if place.text:
        number = place.in_cell[0] if place.cell is not None else place.line
        yield Line(f"{number:>6} | {place.text}", whole=True)
        yield Line("^" * len(place.text), _COLOURS[finding.severity], indent=9, whole=True)
    yield Line(f"{finding.evidence} [{finding.source}]", "dim", indent=2)
    if finding.severity != "note":
        for line in finding.fix.split("\n"):
            yield Line(line, "green" if line.startswith("+") else "red", indent=4)
