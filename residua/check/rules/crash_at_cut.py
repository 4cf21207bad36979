"""When shapes do not fit, was a tensor cut into pieces along another axis than the one that is too long?"""

from __future__ import annotations

import itertools
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, CONVS, SCALINGS, Flow
from residua.check.rules.crash_at_layer import refusal_of
from residua.check.run.trial import Trial
from residua.record.tape import Op

_CUTS = frozenset({"glu", "split", "split_with_sizes", "chunk", "unsafe_chunk", "unsafe_split"})
_OF_WEIGHTS = frozenset({"addmm", "mm", "linear", "mv", "addmv"})
_FOLDS = ("view", "_unsafe_view", "reshape")  # as linear layers fold all axes but the last
Shape = tuple[int, ...]


def at_cut(evidence: Evidence, trial: Trial, failed: Op) -> Hit | None:
    """Name a `glu`, `chunk` or `split` with which everything fits once it cuts another axis; None without one."""
    for value in failed.inputs:
        cut = _cut_behind(trial.flow, value)
        axis = _meant(evidence, trial, failed, (value, cut)) if cut is not None else None
        if cut is None or axis is None:
            continue
        assert trial.failure is not None
        whole, rank = trial.flow.shapes[cut.inputs[0]][axis], len(trial.flow.shapes[cut.inputs[0]])
        facts: dict[str, Any] = {
            "layer": cut.name,
            "got": whole,
            "expected": whole // _pieces(cut),
            "error": trial.failure.text,
        }
        mend = f"the same call with dim={axis if axis < rank - 1 or rank < 3 else -1}"
        return evidence.hit("R154", evidence.layer_place(cut, trial), trial, mend=mend, **facts)
    return None


def _cut_behind(flow: Flow, value: int) -> Op | None:
    """Return what cut the value, or one of the same shape from which no layer with weights keeps it apart."""
    todo, seen = [value], set[int]()
    while todo:
        each = todo.pop()
        op = flow.maker(each)
        if op is None or each in seen:
            continue
        if op.name in _CUTS:
            return op
        seen.add(each)
        if op not in flow.weighted and op.name not in CONVS | _OF_WEIGHTS:
            shape, folds = _bare(flow.shapes[each]), op.name in _FOLDS
            shapes = [(other, flow.shapes[other]) for other in op.inputs]
            todo += [other for other, own in shapes if _bare(own) == shape or (folds and own[-1:] == shape[-1:])]
    return None


def _bare(shape: Shape) -> Shape:
    """Return a shape without the ones behind it, which let a vector meet a map."""
    return tuple(reversed([*itertools.dropwhile(lambda side: side == 1, reversed(shape))]))


def _pieces(cut: Op) -> int:
    return 2 if cut.name == "glu" else len(cut.outputs)


def _meant(evidence: Evidence, trial: Trial, failed: Op, cut_value: tuple[int, Op]) -> int | None:
    """Return the axis along which the pieces would fit; None where there is none, or where it is that one already."""
    flow, (value, cut) = trial.flow, cut_value
    whole, given = flow.shapes[cut.inputs[0]], flow.shapes[value]
    own, ones = cut.arguments.get("dim", 0) % len(whole), (1,) * (len(given) - len(whole))
    others = [flow.shapes[each] for each in failed.inputs if each != value]
    refusal = refusal_of(evidence, trial, failed) if failed.name not in ADDS | SCALINGS | {"cat"} else None
    for axis, side in enumerate(whole):
        if axis == own or side % _pieces(cut) or _pieces(cut) < 2:
            continue
        part = side // _pieces(cut)
        if refusal is not None:
            of_channels = len(whole) - 1 if refusal.features_last else 1
            if axis == of_channels and value == refusal.data and refusal.takes == part:
                return axis
        elif failed.name in ADDS | SCALINGS | {"cat"}:
            fitting = (*whole[:axis], part, *whole[axis + 1 :], *ones)
            if others and all(_meets(fitting, other, axis, failed.name) for other in others):
                return axis
    return None


def _meets(one: Shape, other: Shape, axis: int, name: str) -> bool:
    """Tell shapes of one rank that can be added, and have the same side, or one, along an axis."""
    if len(one) != len(other) or (name == "cat" and one != other):
        return False
    return one[axis] == other[axis] and all(a == b or 1 in (a, b) for a, b in zip(one, other, strict=True))
