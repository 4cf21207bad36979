"""Does a norm of the user's own keep its running statistics as batch norm does?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.experiments.statistics import Statistic, wrong_statistics
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R220",
    severity="error",
    title="running statistics that are not kept as they are used",
    message="{target}: {name} {what}",
    evidence="{name} {what}; measured in steps of training and of eval on a copy",
    fix="- {code}\n+ if self.training: running = (1 - momentum) * running + momentum * batch.detach()",
    source="Ioffe 2015 §3.1; torch.nn.BatchNorm2d: x̂_new = (1 − momentum) × x̂ + momentum × x_t",
    wrong="self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean",
    right="self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean",
)
def r220(evidence: Evidence) -> Iterator[Hit]:
    """A running statistic changes in eval mode, keeps nothing of the past, or is read in eval and never updated."""
    for trial in evidence.finished[:1] if evidence.trials[0].failure is None else ():
        for each in wrong_statistics(trial):
            place = _place(evidence, each)
            severity = "warning" if each.kept is not None else None
            facts = {"target": each.owner.__name__, "name": f"self.{each.name}", "what": _said(each)}
            yield evidence.hit("R220", place, trial, severity, **facts)


def _said(statistic: Statistic) -> str:
    if statistic.in_eval:
        return "is changed in eval mode too: what is evaluated leaks into the module"
    if statistic.kept is not None:
        return f"keeps {max(statistic.kept, 0):.0%} of its value in one step: the last batch is nearly all of it"
    return "is read in eval mode, and training never updates it"


def _place(evidence: Evidence, statistic: Statistic) -> Place | None:
    """Return the line of the class that writes the statistic outside its constructor, else the one that reads it."""
    for file in evidence.files:
        node = source.class_in(file, statistic.owner.__name__)
        if node is None:
            continue
        made = source.method(file, node.name, "__init__")
        inside = range(made.lineno, (made.end_lineno or 0) + 1) if made is not None else range(0)
        lines = [line for line in range(node.lineno, (node.end_lineno or 0) + 1) if line not in inside]
        name = re.escape(statistic.name)
        for pattern in (rf"self\.{name}(\.data)?(\[.*\])?(\s*[-+*]?=[^=]|\.\w+_\()", rf"self\.{name}\b"):
            found = [line for line in lines if re.search(pattern, source.text_of(file, line))]
            if found:
                return file, found[0]
    return None
