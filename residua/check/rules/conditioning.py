"""Does what conditions a block, a time or a class, meet its maps channel by channel, as scale and as shift?"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import partial

from torch import Tensor

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import SAME, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R206",
    severity="error",
    title="a vector a channel does not stand along the map's channels",
    message="{target}: {small} meets a map {large}: a number for each channel needs the shape {right} here",
    evidence="{error}",
    fix="- {code}\n+ reshape it to {right} first, as in emb[:, :, None, None]",
    source="torch broadcasts from the last axis on",
    wrong="h = h + self.time(t)[:, :, None]          # (N, C, 1) beside (N, C, H, W)",
    right="h = h + self.time(t)[:, :, None, None]",
    implies=("R161",),
    once=True,
)
def r206(evidence: Evidence) -> Iterator[Hit]:
    """A vector of one number a channel meets a map with an axis too few, too many, or in another order."""
    return hits_of(evidence, "R206")


@partial(
    Rule,
    code="R207",
    severity="error",
    title="scale and shift are exchanged",
    message="{target}: the scale starts at {scale} and the shift at {shift}: each was meant as the other",
    evidence="at the start the map is multiplied by {scale}, then {shift} is added",
    fix="- {code}\n+ take the two in the order in which they are initialised",
    source="a scale of one and a shift of zero leave a normalised map as it is",
    wrong="bias, gain = self.embed(y).chunk(2, 1)     # the first half starts at one",
    right="gain, bias = self.embed(y).chunk(2, 1)",
    once=True,
)
def r207(evidence: Evidence) -> Iterator[Hit]:
    """A map is multiplied by a vector that starts at zero, and one that starts at one is added to it."""
    for trial in evidence.finished[:1]:
        for op in trial.flow.ops:
            added = _shift_of(trial, op) if op.name in SCALINGS and op in trial.flow.live_ops else None
            scale = _start(trial, op, op.inputs) if added is not None else None
            shift = _start(trial, *added) if added is not None and scale is not None else None
            if scale is not None and shift is not None and _is_near(scale, 0) and _is_near(shift, 1):
                facts = {"scale": f"{float(scale.mean()):.2g}", "shift": f"{float(shift.mean()):.2g}"}
                place = _unpacked_at(evidence, trial, op, added[1] if added else ()) or evidence.line_of(op)
                yield evidence.hit("R207", place, trial, **facts)


def _unpacked_at(evidence: Evidence, trial: Trial, op: Op, added: tuple[int, ...]) -> Place | None:
    """Return the line that takes both out of one tensor, where by their names they are used as they are meant."""
    flow = trial.flow
    for scale, shift in itertools.product(_plain(flow, op.inputs), _plain(flow, added)):
        maker = flow.maker(scale)
        place = evidence.line_of(maker) if maker is not None and maker.name in _PIECES else None
        statement = source.innermost(*place) if place is not None else None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []
        if maker is None or shift not in maker.outputs or len(names) != len(maker.outputs):
            continue
        named = dict(zip(maker.outputs, names, strict=True))
        return place if _SCALE.search(named[scale]) and _SHIFT.search(named[shift]) else None
    return None


_PIECES = frozenset({"split", "chunk", "split_with_sizes", "unbind"})
_SCALE = re.compile(r"gamma|scale|gain|mul|weight|^g$", re.I)
_SHIFT = re.compile(r"beta|shift|bias|offset|add|^b$", re.I)


def _plain(flow: Flow, values: tuple[int, ...]) -> list[int]:
    """Return the values that changes of view show, in their order."""
    found = []
    for value in values:
        maker = flow.maker(value)
        while maker is not None and maker.name in SAME | {"slice"} and len(maker.inputs) == 1:
            value = maker.inputs[0]
            maker = flow.maker(value)
        found.append(value)
    return found


def _shift_of(trial: Trial, op: Op) -> tuple[Op, tuple[int, ...]] | None:
    """Return the addition that follows a product at once, with the values that it adds; None without one."""
    value = op.outputs[0]
    users = [user for user in trial.flow.users(value) if user in trial.flow.live_ops]
    if len(users) != 1 or users[0].name not in ("add", "add_"):
        return None
    return users[0], tuple(other for other in users[0].inputs if other != value)


def _start(trial: Trial, op: Op, values: tuple[int, ...]) -> Tensor | None:
    """Return among the operands of an operation the scale or shift: at most one number a channel and image."""
    shape = trial.flow.shapes[op.outputs[0]]
    tensors = (trial.tape.tensor[value].detach() for value in values if value in trial.tape.tensor)
    most = shape[0] * max(shape[1], shape[-1]) if len(shape) > 2 else 0
    return next((each for each in tensors if each.is_floating_point() and 1 < each.numel() <= most), None)


def _is_near(tensor: Tensor, number: float) -> bool:
    """Tell a vector of about one number; starts of 1 ± 0.02 (Brock 2019) stay within a tenth, random ones do not."""
    return bool((tensor - number).abs().max() < _NEAR)


_NEAR = 0.1
