"""Does a network learn one batch, and does it start from chance?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import SAME
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.learning import OneBatch
from residua.check.run.trial import Trial
from residua.record.tape import Op
from residua.targets.inputs import required_inputs

# Of the right networks of tests/check the slowest comes to 0.61 (co_late_ok); a planted mistake leaves 0.97 or more.
LEARNT = 0.8
LEARNT_IN_PART = 0.95  # where parameters are frozen, as all but the head in tests/check/test_overfit.py


@partial(
    Rule,
    code="R162",
    severity="error",
    title="a hundred steps do not learn one batch",
    message="{target}: after {steps} steps on one batch the loss is {last}, it began at {first}",
    evidence="ln(classes) is {chance}",
    fix="- {code}\n+ return the last layer's output as it is, and let every layer get a gradient",
    source="a network that cannot overfit one batch has a broken path",
    wrong="return self.fc(x) / 1000",
    right="return self.fc(x)",
    implies=("R163", "R172"),
)
def r162(evidence: Evidence) -> Iterator[Hit]:
    """A hundred steps on one batch leave the loss where it was."""
    for trial, learnt in _trained(evidence):
        frozen = any(not parameter.requires_grad for parameter in trial.module.parameters())
        most = (LEARNT_IN_PART if frozen else LEARNT) * min(learnt.losses[0], learnt.chance)
        if not math.isfinite(learnt.losses[-1]) or learnt.losses[-1] > most:
            yield evidence.hit("R162", _after_head(evidence, trial), trial, **_facts(learnt))


def _trained(evidence: Evidence) -> Iterator[tuple[Trial, OneBatch]]:
    """Yield the network that was trained on one batch, where that was asked for."""
    learnt = evidence.one_batch
    if learnt is not None:
        yield evidence.finished[0], learnt


def _facts(learnt: OneBatch) -> dict[str, Any]:
    return {
        "first": f"{learnt.losses[0]:.3g}",
        "last": f"{learnt.losses[-1]:.3g}",
        "chance": f"{learnt.chance:.3g}",
        "steps": len(learnt.losses),
    }


def _after_head(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of what is done to the logits after the last layer; without that there is no one line."""
    op = _last(trial)
    return None if op is None or op in trial.flow.weighted else evidence.op_place(op, trial)


def _last(trial: Trial) -> Op | None:
    """Return the operation that made the logits, changes of view left out."""
    op = trial.flow.maker(trial.flow.outputs[0]) if trial.flow.outputs else None
    while op is not None and op.name in SAME and op.inputs:
        op = trial.flow.maker(op.inputs[0])
    return op


@partial(
    Rule,
    code="R163",
    severity="warning",
    title="the first loss is far from ln(classes)",
    message="{target}: the first loss is {first}, an untrained classifier of {classes} classes starts near {chance}",
    evidence="logits have standard deviation {spread}",
    fix="- {code}\n+ features averaged, not summed; weights as nn.Linear makes them",
    source="−ln(1/C)",
    wrong="return self.fc(x.sum((2, 3)))",
    right="return self.fc(x.mean((2, 3)))",
)
def r163(evidence: Evidence) -> Iterator[Hit]:
    """The first loss is far from that of an untrained classifier."""
    for trial, learnt in _trained(evidence):
        first = learnt.losses[0]
        # Right networks of tests/check lie within half of ln(classes), the planted ones 2.7 times that or more away.
        # Of further inputs, as the adjacency of a graph, the numbers are our guess, and what they make of it too.
        alone = len(required_inputs(trial.module)) == 1
        if alone and math.isfinite(first) and abs(first - learnt.chance) > 1.0 + learnt.chance:
            facts = {"classes": learnt.classes, "spread": f"{learnt.spread:.3g}", **_facts(learnt)}
            yield evidence.hit("R163", _head(evidence, trial), trial, **facts)


def _head(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of the last layer."""
    layers = [op for op in trial.flow.ops if op in trial.flow.weighted and op in trial.flow.live_ops]
    return evidence.layer_place(layers[-1], trial) if layers else None
