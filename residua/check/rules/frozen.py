"""Is there anything left that training can change?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R216",
    severity="error",
    title="every parameter is frozen",
    message="{target}: the constructor freezes all {count} parameters, so that nothing can learn",
    evidence="requires_grad is False for each of them after construction",
    fix="- {code}\n+ freeze only what was trained before, and make the new head after it",
    source="measured: requires_grad after construction",
    wrong="self.fc = nn.Linear(64, 10)\nfor p in self.parameters(): p.requires_grad = False",
    right="for p in self.parameters(): p.requires_grad = False\nself.fc = nn.Linear(64, 10)",
    implies=("R127", "R159"),
)
def r216(evidence: Evidence) -> Iterator[Hit]:
    """A constructor freezes everything, the layers included that nobody has trained."""
    trial = evidence.trials[0]
    parameters = list(trial.module.parameters())
    if trial.built is None or not trial.ran or not parameters or any(each.requires_grad for each in parameters):
        return
    lines = _freezing_lines(evidence)
    if lines:
        yield evidence.hit("R216", (evidence.file, lines[-1]), trial, count=len(parameters))


_FREEZES = re.compile(r"requires_grad\s*=\s*False|requires_grad_\(\s*(requires_grad\s*=\s*)?False\s*\)")


def _freezing_lines(evidence: Evidence) -> list[int]:
    """Return the lines of the class's methods that freeze something; a switch `train_backbone=False` asks for it."""
    node = source.class_in(evidence.file, evidence.class_name)
    rows = range(node.lineno, (node.end_lineno or node.lineno) + 1) if node is not None else range(0)
    return [line for line in rows if _FREEZES.search(source.text_of(evidence.file, line))]
