"""Does a mask of the code's own hide every position from some row, of which softmax then makes NaN?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

import torch

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, SAME, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Arg, Op

_TRIANGLES = ("triu", "tril", "triu_", "tril_")
_FILLS = frozenset({"masked_fill", "masked_fill_"})
_SOFTMAXES = frozenset({"_softmax", "softmax"})


@partial(
    Rule,
    code="R232",
    severity="error",
    title="a mask hides every position from a row",
    message="{target}: this mask leaves nothing but minus infinity in {rows} of {all} rows, of which softmax makes NaN",
    evidence="{rows} of {all} rows are minus infinity from end to end, whatever the inputs are",
    fix="- {code}\n+ torch.triu(torch.ones(n, n), diagonal=1).bool()",
    source="Vaswani 2017 §3.2.3",
    wrong="mask = torch.triu(torch.ones(n, n)).bool()          # a position is hidden from itself too",
    right="mask = torch.triu(torch.ones(n, n), diagonal=1).bool()",
    once=True,
)
def r232(evidence: Evidence) -> Iterator[Hit]:
    """Whole rows of scores are minus infinity before a softmax."""
    for trial in evidence.finished:
        for op in trial.flow.ops:
            rows = _blind_rows(trial.flow, op) if op in trial.flow.live_ops else None
            if rows is not None and _is_normalised(trial.flow, op):
                hidden, count = int(rows.sum()), rows.numel()
                yield evidence.hit("R232", _where_it_is_made(evidence, op), trial, rows=hidden, all=count)


def _blind_rows(flow: Flow, op: Op) -> torch.Tensor | None:
    """Return which rows of its mask a fill, or a sum, leaves minus infinity in from end to end; None where no row is.

    A mask that is made of an input is left out: which positions that hides is a guess of ours.
    """
    if op.name in _FILLS:
        masks = op.inputs[1:] if filled_with(flow, op) == -torch.inf else ()
        kind = torch.bool
    else:
        masks, kind = op.inputs if op.name in ADDS else (), torch.float32
    for value in masks:
        mask = flow.tape.tensor.get(value)
        if mask is None or mask.dtype != kind or mask.dim() < 2 or mask.shape[-1] < 2 or value in flow.from_input:
            continue
        rows = (mask if kind == torch.bool else mask.detach() == -torch.inf).all(-1)
        if rows.any():
            return rows
    return None


def _is_normalised(flow: Flow, op: Op) -> bool:
    """Tell what a softmax reads, with nothing but sums, factors and views between: a maximum takes minus infinity."""
    todo = list(op.outputs)
    while todo:
        for user in flow.users(todo.pop()):
            if user.name in _SOFTMAXES:
                return True
            if user.name in ADDS | SAME | SCALINGS | _FILLS:
                todo += user.outputs
    return False


def filled_with(flow: Flow, op: Op) -> float:
    """Return the number that a `masked_fill` writes; 0 where it is a tensor of several."""
    value = op.arguments.get("value")
    if isinstance(value, Arg) and flow.tape.tensor[value.value].numel() == 1:
        return float(flow.tape.tensor[value.value].detach())
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _where_it_is_made(evidence: Evidence, op: Op) -> Place | None:
    """Return the line that makes the triangle, in the class whose line uses the mask; else that line."""
    used = evidence.line_of(op)
    if used is None:
        return None
    kinds = [node for node in source.nodes_of(used[0]) if isinstance(node, ast.ClassDef)]
    around = [node for node in kinds if node.lineno <= used[1] <= (node.end_lineno or 0)]
    calls = [node for each in around for node in ast.walk(each) if isinstance(node, ast.Call)]
    made = [node.lineno for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr in _TRIANGLES]
    return (used[0], made[0]) if len(made) == 1 else used
