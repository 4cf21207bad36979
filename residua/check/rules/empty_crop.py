"""Does a crop cut off what it is to cut off: nothing where that is nothing, else all that padding made too much?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS
from residua.check.evidence.places import Place
from residua.check.rules.hand_over import called_name, set_once
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


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


@partial(
    Rule,
    code="R234",
    severity="error",
    title="a crop takes off less than the padding adds",
    message="{target}: padding makes this sequence {grown} steps longer, and the crop behind takes off {cut} of them",
    evidence="padding {padding} on either side; {cut} of {grown} steps are cut off, and the sum fails ({trial})",
    fix="- {code}\n+ (kernel_size - 1) * dilation",
    source="Bai 2018 (TCN) §3.1",
    wrong="self.cut = kernel_size - 1               # beside padding=(kernel_size - 1) * dilation",
    right="self.cut = (kernel_size - 1) * dilation",
    implies=("R114", "R129", "R130", "R161"),
    once=True,
)
def r234(evidence: Evidence) -> Iterator[Hit]:
    """A sum fails behind a padded convolution of sequences, of whose growth a crop takes off a part."""
    for trial in (*evidence.trials, *evidence.options):
        failed = trial.tape.failed
        behind = trial.flow.ancestors(failed.inputs) if failed is not None and failed.name in ADDS else set()
        convs = [op for op in trial.flow.ops if behind and isinstance(op, Convolution) and len(op.kernel) == 1]
        for op in [conv for conv in convs if not (conv.transposed or conv.strided)]:
            grown = 2 * op.padding[0] - op.dilation[0] * (op.side - 1)
            for crop in [user for user in trial.flow.users(op.outputs[0]) if user.name == "slice"]:
                before, left = (trial.tape.shape[value][-1] for value in (op.outputs[0], crop.outputs[0]))
                if 0 < before - left < grown and not behind.isdisjoint(crop.outputs):
                    facts: dict[str, Any] = {"grown": grown, "cut": before - left, "padding": op.padding[0]}
                    yield evidence.hit("R234", _amount_at(evidence, trial, crop), trial, **facts)


def _amount_at(evidence: Evidence, trial: Trial, crop: Op) -> Place | None:
    """Return the line that computes how much is cut off; of a module made for it, the line that makes that."""
    place, owner = evidence.line_of(crop), trial.tape.owner(crop)
    amount = _negated_end(*place) if place is not None else ""
    computed = set_once(*place, ast.parse(amount, mode="eval").body) if place is not None and amount else None
    made = evidence.made_at(trial.tape.calls[owner].module, trial) if owner else None
    return computed or made or place
