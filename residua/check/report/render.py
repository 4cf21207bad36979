"""How do reports look to other programs: as JSON, as SARIF for code scanning, as Markdown?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from residua.check.report.catalogue import catalogue
from residua.check.report.finding import CheckReport, Finding

_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def as_json(reports: Sequence[CheckReport]) -> dict[str, Any]:
    """Return the document of `residua check --json`."""
    return {"targets": [report.to_dict() for report in reports]}


def as_sarif(reports: Sequence[CheckReport], version: str) -> dict[str, Any]:
    """Return a SARIF 2.1.0 log: one run, every rule described, one result a finding."""
    results = []
    for report in reports:
        for finding in report.findings:
            place: dict[str, Any] = {
                "artifactLocation": {"uri": (finding.file or report.target.partition(":")[0]).replace("\\", "/")}
            }
            place["region"] = {"startLine": finding.line or 1}
            text = f"{finding.message}. {finding.evidence}"
            results.append(
                {
                    "ruleId": finding.rule,
                    "level": _LEVELS[finding.severity],
                    "message": {"text": text},
                    "locations": [{"physicalLocation": place}],
                }
            )
    rules = [
        {
            "id": code,
            "shortDescription": {"text": texts["title"]},
            "help": {"text": f"{texts['source']}\n\nWrong:\n{texts['bad']}\n\nRight:\n{texts['good']}"},
            "defaultConfiguration": {"level": _LEVELS[texts["severity"]]},
        }
        for code, texts in catalogue().items()
    ]
    driver = {"name": "residua check", "version": version, "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def as_markdown(reports: Sequence[CheckReport]) -> str:
    """Return one section a target, one table row a finding, and the fixes as diffs."""
    parts = []
    for report in reports:
        parts.append(f"## {report.target}\n\n{report.style} — **{report.verdict}** ({report.seconds:.2f} s)\n")
        if report.findings:
            head = "| rule | severity | line | what | evidence |\n|---|---|---|---|---|"
            parts.append("\n".join([head, *(_row(finding) for finding in report.findings)]))
            parts += [
                f"\n{finding.rule}, {finding.source}:\n\n```diff\n{finding.fix}\n```"
                for finding in report.findings
                if finding.severity != "note"
            ]
    return "\n".join(parts) + "\n"


def _row(finding: Finding) -> str:
    what, measured = _cell(finding.message), _cell(finding.evidence)
    return f"| {finding.rule} | {finding.severity} | {finding.line or ''} | {what} | {measured} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
