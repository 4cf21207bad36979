"""What is handed back to the user: findings, and the verdict over them?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from residua.check.rules.rule import SEVERITIES

NOT_RUN = "not run"
VERDICTS = {"error": "errors", "warning": "warnings", "note": "notes"}


@dataclass(frozen=True)
class Finding:
    """One root cause: which rule, where, what was measured, how to mend it (a small diff), and who says so.

    patch: a unified diff of the user's own file that was tried: with it this finding is gone and no other came.
    """

    rule: str
    severity: str
    message: str
    evidence: str
    file: str | None
    line: int | None
    fix: str
    source: str
    patch: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding with the keys of `residua check --json`: `patch` only where there is one."""
        return {key: value for key, value in asdict(self).items() if key != "patch" or value}


@dataclass(frozen=True)
class CheckReport:
    """Everything found in one target.

    style: what kind of block it is. seconds: the time of the probes. reason: why it was not run, and what to give
    for it to be; nothing is known of such a target then, and it has no findings. ran: the configurations that ran.
    left_out: what was not tried for lack of time.
    """

    target: str
    style: str
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    seconds: float = 0.0
    reason: str = ""
    ran: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """ "ok", "notes", "warnings" or "errors": the worst severity found; "not run" where nothing is known."""
        if self.reason:
            return NOT_RUN
        worst = min((SEVERITIES.index(finding.severity) for finding in self.findings), default=None)
        return "ok" if worst is None else VERDICTS[SEVERITIES[worst]]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings of severity error."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def to_dict(self) -> dict[str, Any]:
        """Return the report with the keys of `residua check --json`."""
        return {
            "target": self.target,
            "style": self.style,
            "verdict": self.verdict,
            "reason": self.reason,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 3),
            **({"left_out": list(self.left_out)} if self.left_out else {}),
        }
