"""Does a crop leave anything where it is to cut off nothing?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules.hand_over import called_name
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R230",
    severity="error",
    title="a crop by zero leaves nothing",
    message="{target}: {crop} is zero here, and a slice up to -0 is empty",
    evidence="a slice of {before} entries leaves none ({trial})",
    fix="- {code}\n+ x[..., : x.shape[-1] - {crop}]",
    source="Python: -0 is 0",
    wrong="y = y[:, :, :-self.crop]          # crop = (k - 1) * dilation, 0 for a 1×1 convolution",
    right="y = y[:, :, : y.shape[2] - self.crop]",
    implies=("R114", "R115", "R154", "R161"),
    once=True,
    with_options=True,
)
def r230(evidence: Evidence) -> Iterator[Hit]:
    """A slice `[:-n]` is taken where n is zero."""
    for trial in evidence.trials:
        for op in trial.tape.ops:
            before = _emptied(trial, op)
            place = evidence.line_of(op) if before else None
            crop = _negated_end(*place) if place is not None else ""
            if crop:
                place = _asked_for(evidence, trial, op) or place
                yield evidence.hit("R230", place, trial, crop=crop, before=before)


def _asked_for(evidence: Evidence, trial: Trial, op: Op) -> Place | None:
    """Return the line that makes the module which crops, where a zero is written out in it: `Chomp1d(0)`."""
    owner = trial.tape.owner(op)
    module = trial.tape.calls[owner].module if owner is not None else None
    made = evidence.made_at(module, trial)
    calls = [node for node in source.nodes_of(made[0]) if isinstance(node, ast.Call)] if made is not None else []
    own = [call for call in calls if made is not None and call.lineno == made[1]]
    values = [part for call in own if called_name(call) == type(module).__name__ for part in ast.walk(call)]
    return made if any(isinstance(each, ast.Constant) and each.value == 0 for each in values) else None


def _emptied(trial: Trial, op: Op) -> int:
    """Return how many entries a slice had along the axis of which it left none; 0 for every other operation."""
    if op.name != "slice" or op.arguments.get("end") != 0:
        return 0
    shapes = trial.tape.shape
    pairs = zip(shapes[op.inputs[0]], shapes[op.outputs[0]], strict=False)
    return next((was for was, left in pairs if was and not left), 0)


def _negated_end(file: str, line: int) -> str:
    """Return what stands behind the minus of a slice `[:-n]` on a line, where it is no number; empty without one."""
    statement = source.innermost(file, line)
    for node in ast.walk(statement) if statement is not None else ():
        end = node.upper if isinstance(node, ast.Slice) else None
        if isinstance(end, ast.UnaryOp) and isinstance(end.op, ast.USub) and not isinstance(end.operand, ast.Constant):
            return ast.unparse(end.operand)
    return ""
