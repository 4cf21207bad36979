"""How do reports look to other programs and on other pages: JSON, Markdown, a line a finding, GitHub's annotations?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from residua.check.report.finding import NOT_RUN, CheckReport, Finding
from residua.check.report.places import Place, file_of, place_of, relative
from residua.check.rules.phrases import in_language

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def as_json(reports: Sequence[CheckReport]) -> dict[str, Any]:
    """Return the document of `residua check --json`."""
    return {
        "targets": [
            report.to_dict() | {"findings": [_finding(each, report.target) for each in report.findings]}
            for report in reports
        ]
    }


def _finding(finding: Finding, target: str) -> dict[str, Any]:
    place = place_of(finding, target)
    if place.line is None:
        return finding.to_dict()
    found = finding.to_dict() | {
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
    return found if place.cell is None else found | {"cell": place.cell, "line_in_cell": place.in_cell[0]}


def without_notes(report: CheckReport) -> CheckReport:
    """Return a report with its errors and warnings alone."""
    return replace(report, findings=tuple(each for each in report.findings if each.severity != "note"))


def as_concise(reports: Sequence[CheckReport], lang: str = "en") -> Iterator[str]:
    """Yield one line a finding, `path:line:column: error R101 message`, and one for each target that was not run."""
    for report in reports:
        if report.reason:
            yield f"{report.target}: {in_language(NOT_RUN, lang)}: {report.reason}"
        for finding in report.findings:
            yield f"{place_of(finding, report.target).row}: {finding.severity} {finding.rule} {finding.message}"


def as_github(reports: Sequence[CheckReport]) -> Iterator[str]:
    """Yield GitHub's workflow commands, which a run shows beside the lines of a pull request.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands says how they are escaped.
    """
    for report in reports:
        if report.reason:
            fields = {"title": "residua check (not run)", "file": relative(file_of(report.target))}
            yield _command("notice", fields, f"{report.target}: {NOT_RUN}: {report.reason}")
        for finding in report.findings:
            place = place_of(finding, report.target)
            text = f"{place.row}: {finding.rule} {finding.message}\n{finding.evidence} [{finding.source}]"
            if finding.severity != "note":
                text += f"\n{finding.fix}"
            yield _command(_COMMANDS[finding.severity], _fields(finding, place), text)


def _fields(finding: Finding, place: Place) -> dict[str, str]:
    fields = {"title": f"residua check ({finding.rule})", "file": place.file}
    if place.line is None:
        return fields
    ends = {"line": place.line, "col": place.column, "endLine": place.end_line, "endColumn": place.end_column}
    return fields | {key: str(value) for key, value in ends.items()}


def _command(name: str, fields: dict[str, str], text: str) -> str:
    given = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in fields.items())
    return f"::{name} {given}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for sign in more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def as_markdown(reports: Sequence[CheckReport], lang: str = "en") -> str:
    """Return one section a target, one table row a finding, and the fixes as diffs."""
    parts = []
    for report in reports:
        parts.append(f"## {report.target}\n\n{_verdict(report, lang)}\n")
        if report.findings:
            head = f"{_HEADS[lang]}\n|---|---|---|---|---|"
            parts.append("\n".join([head, *(_row(finding, report.target, lang) for finding in report.findings)]))
            parts += [
                f"\n{finding.rule}, {finding.source}:\n\n```diff\n{finding.fix}\n```"
                for finding in report.findings
                if finding.severity != "note"
            ]
    return "\n".join(parts) + "\n"


_HEADS = {"en": "| rule | severity | line | what | evidence |", "zh": "| 规则 | 级别 | 行 | 问题 | 证据 |"}


def _verdict(report: CheckReport, lang: str) -> str:
    verdict = in_language(report.verdict, lang)
    if report.reason:
        return f"**{verdict}**: {report.reason}"
    return f"{in_language(report.style, lang)} — **{verdict}** ({report.seconds:.2f} s)"


def _row(finding: Finding, target: str, lang: str) -> str:
    what, measured, place = _cell(finding.message), _cell(finding.evidence), place_of(finding, target)
    line = place.spoken_cell or finding.line or ""
    return f"| {finding.rule} | {in_language(finding.severity, lang)} | {line} | {what} | {measured} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def as_totals(reports: Sequence[CheckReport], files: int, tests: int, lang: str) -> str:
    """Return one line over everything: files, classes, run, not run, findings, and what was left out."""
    missing = sum(report.verdict == NOT_RUN for report in reports)
    found = Counter(finding.severity for report in reports for finding in report.findings)
    counts = (files, len(reports), len(reports) - missing, missing, found.total())
    severe = (found["error"], found["warning"], found["note"])
    if lang == "zh":
        left = f";略过 {tests} 个测试文件" if tests else ""
        return _TOTALS_ZH.format(*counts, *severe) + left
    left = f"; {_counted(tests, 'test file')} left out" if tests else ""
    some = ", ".join(_counted(n, word) for n, word in zip(severe, ("error", "warning", "note"), strict=True) if n)
    head = f"{_counted(files, 'file')}, {_counted(len(reports), 'class', 'classes')}"
    tail = f"{_counted(found.total(), 'finding')}{f' ({some})' if some else ''}"
    return f"{head}: {counts[2]} run, {missing} not run; {tail}{left}"


_TOTALS_ZH = "{} 个文件,{} 个类:{} 个已运行,{} 个未运行;{} 个发现({} 个错误,{} 个警告,{} 个提示)"


def _counted(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
