"""Does a number in a layer's constructor stand where the layer reads it as what was meant?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R239",
    severity="warning",
    title="an activation that gives back its input",
    message="{target}: this leaky ReLU has a slope of 1 below zero too: it is the identity",
    evidence="{count} of {total} leaky ReLUs ran with negative_slope={slope}",
    fix="- {code}\n+ the slope that is meant, as negative_slope=0.2, and inplace=True by its name",
    source="torch.nn.LeakyReLU(negative_slope=0.01, inplace=False)",
    wrong="nn.LeakyReLU(True)",
    right="nn.LeakyReLU(0.2, inplace=True)",
    implies=("R197",),
    once=True,
)
def r239(evidence: Evidence) -> Iterator[Hit]:
    """A leaky ReLU has a slope of one: mostly since True, meant as inplace, stands in the place of the slope."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        leaky = [op for op in flow.ops if op.name.startswith("leaky_relu") and op in flow.live_ops]
        same = [op for op in leaky if op.arguments.get("negative_slope") == 1]
        for op in same:
            place = evidence.layer_place(op, trial)
            if place is not None and not _is_meant_linear(*place) and not _is_guess(trial, op, place):
                facts: dict[str, Any] = {"count": len(same), "total": len(leaky), "slope": 1}
                yield evidence.hit("R239", place, trial, **facts)


def _is_meant_linear(file: str, line: int) -> bool:
    """Tell a line, or the one above it, that says `linear` or `identity`: a slope of one is meant."""
    return any(_LINEAR.search(source.text_of(file, each)) for each in (line - 1, line))


_LINEAR = re.compile(r"identit|['\"]linear['\"]|#.*(?<!non)(?<!non-)linear|\bif\s+(not\s+)?(self\.)?\w*linear", re.I)
_SLOPE = re.compile(r"slope|leak|alpha|neg", re.I)


def _is_guess(trial: Trial, op: Op, place: Place) -> bool:
    """Tell a slope that may be an argument of the constructor: its value is ours, or given for this run alone."""
    text = source.text_of(*place)
    written = re.search(r"leaky_?relu_?\((?:[^()]*,)?\s*(?:negative_slope\s*=\s*)?(True|1(\.0*)?)\s*[,)]", text, re.I)
    given = trial.built.arguments if trial.built is not None else {}
    return written is None and any(_SLOPE.search(name) and value == 1 for name, value in given.items())
