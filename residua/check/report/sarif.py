"""How do reports look to code scanning: as a SARIF 2.1.0 log, with regions, fixes, and what was not run?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from residua.check.report.catalogue import catalogue, link_of
from residua.check.report.finding import NOT_RUN, CheckReport, Finding
from residua.check.report.places import file_of, place_of, relative

_ROOT = "%SRCROOT%"
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def as_sarif(reports: Sequence[CheckReport], problems: Sequence[str], version: str) -> dict[str, Any]:
    """Return a log of one run: every rule described, one result a finding, a notification for each target not run.

    problems: what could not be opened at all.
    """
    numbers = {code: index for index, code in enumerate(catalogue())}
    driver = {"name": "residua check", "version": version, "rules": list(_rules())}
    results = [
        _result(finding, report.target, numbers[finding.rule]) for report in reports for finding in report.findings
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder that residua check was run in"}}},
        "invocations": [_invocation(reports, problems)],
        "results": results,
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rules() -> Iterator[dict[str, Any]]:
    for code, texts in catalogue().items():
        link = link_of(texts["source"])
        text = f"{texts['source']}\n\nWrong:\n{texts['bad']}\n\nRight:\n{texts['good']}"
        yield {
            "id": code,
            "shortDescription": {"text": texts["title"]},
            **({"helpUri": link} if link else {}),
            "help": {"text": text},
            "defaultConfiguration": {"level": texts["severity"]},
        }


def _invocation(reports: Sequence[CheckReport], problems: Sequence[str]) -> dict[str, Any]:
    notes = [
        _notification(f"{report.target}: {NOT_RUN}: {report.reason}", report.target)
        for report in reports
        if report.verdict == NOT_RUN
    ]
    return {
        "executionSuccessful": not problems,
        "toolExecutionNotifications": [*notes, *({"level": "error", "message": {"text": each}} for each in problems)],
    }


def _notification(text: str, target: str) -> dict[str, Any]:
    place = {"artifactLocation": _location(file_of(target))}
    return {"level": "warning", "message": {"text": text}, "locations": [{"physicalLocation": place}]}


def _location(path: str) -> dict[str, Any]:
    inside = relative(path)
    if os.path.isabs(inside):
        return {"uri": Path(inside).as_uri()}
    return {"uri": quote(inside), "uriBaseId": _ROOT}


def _result(finding: Finding, target: str, number: int) -> dict[str, Any]:
    place = place_of(finding, target)
    path = finding.file or file_of(target)
    physical: dict[str, Any] = {"artifactLocation": _location(path)}
    if place.line is not None:
        # The columns of a notebook's code are those in its cell; in the file it stands inside a JSON string.
        lines = {"startLine": place.line, "endLine": place.end_line}
        columns = {"startColumn": place.column, "endColumn": place.end_column} if place.cell is None else {}
        physical["region"] = lines | columns
    text = f"{finding.message}. {finding.evidence}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity,
        "message": {"text": f"{place.spoken_cell}: {text}" if place.spoken_cell else text},
        "locations": [{"physicalLocation": physical}],
    }
    if finding.patch and place.cell is None:
        changes = [{"artifactLocation": _location(path), "replacements": list(_replacements(finding.patch))}]
        result["fixes"] = [{"description": {"text": finding.fix}, "artifactChanges": changes}]
    return result


def _replacements(patch: str) -> Iterator[dict[str, Any]]:
    """Yield what a unified diff replaces: whole lines, by others."""
    line, gone, come = 0, 0, ""
    for row in [*re.findall(r"[^\n]*\n|[^\n]+", patch)[2:], "@@"]:  # after the two lines that name the file
        if (gone or come) and row[0] in " @":
            yield _replacement(line - gone, line, come)
            gone, come = 0, ""
        hunk = _HUNK.match(row)
        if hunk:
            line = int(hunk.group(1)) + (hunk.group(2) == "0")  # of a hunk without lines the one before is named
        elif row[0] == "+":
            come += row[1:]
        elif row[0] in " -":
            gone += row[0] == "-"
            line += 1
        elif row[0] == "\\":  # no newline at the end of the file
            come = come.removesuffix("\n")


def _replacement(first: int, after: int, text: str) -> dict[str, Any]:
    region = {"startLine": first, "startColumn": 1, "endLine": after, "endColumn": 1}
    return {"deletedRegion": region, "insertedContent": {"text": text}}
