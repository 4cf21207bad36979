"""Do shortcut and residual show the same pixels of the input where they are added?"""

from __future__ import annotations

from dataclasses import dataclass

from residua.check.evidence.flow import SAME, Flow
from residua.check.evidence.joins import Join
from residua.record.steps import Reading
from residua.record.tape import Convolution, Op

_MOVES = SAME - {"alias", "detach", "clone", "contiguous", "_to_copy", "lift_fresh", "neg", "copy_"}


@dataclass(frozen=True)
class Centres:
    """Where in the input the first pixel of a map is centred, and how far apart its pixels are: (rows, columns)."""

    first: tuple[float, float]
    step: tuple[float, float]
    moved_by: Op | None = None  # the first slice, pad or pool on the way


def shift(flow: Flow, join: Join) -> tuple[Centres, Centres] | None:
    """Return the centres of the shortcut and of the residual; None where an operation's are not known."""
    if len(flow.shapes[join.op.outputs[0]]) < 4:
        return None
    shortcut, residual = _centres(flow, join.shortcut.ops), _centres(flow, join.residual.ops)
    return (shortcut, residual) if shortcut is not None and residual is not None else None


def scrambling(flow: Flow, join: Join) -> Op | None:
    """Return the operation by which a shortcut alone mirrors, transposes or regroups the pixels of its map."""
    rank = len(flow.shapes[join.op.outputs[0]])
    every = [*join.shortcut.ops, *join.residual.ops]
    if rank < 4 or any(len(flow.shapes[value]) != rank for op in every for value in op.outputs[:1]):
        return None  # space-to-depth goes by way of six axes
    if any(_mixes(flow, op) for op in join.residual.ops):
        return None
    mixing = [op for op in join.shortcut.ops if _mixes(flow, op)]
    turned = [op for op in mixing if op.name in ("transpose", "permute")]
    return None if len(turned) > 1 else next(iter(mixing), None)  # a second turn may undo the first


def _mixes(flow: Flow, op: Op) -> bool:
    before, after = flow.shapes[flow.carriers(op)[0]], flow.shapes[op.outputs[0]]
    if len(before) != len(after):
        return False
    rank = len(before)
    if op.name == "flip":
        return any(dim % rank > 1 for dim in op.arguments["dims"])
    if op.name == "transpose":
        return bool(min(op.arguments["dim0"] % rank, op.arguments["dim1"] % rank) > 1)
    if op.name == "permute":
        return [dim % rank for dim in op.arguments["dims"]][:2] == [0, 1]
    regroups = op.name in ("view", "_unsafe_view", "reshape")
    return regroups and before[0] == after[0] and before[1] != after[1] and before[2:] != after[2:]


def is_cropped_alike(flow: Flow, join: Join) -> bool:
    """Tell a shortcut that is cropped to where the residual's unpadded convolutions have their centres."""
    found = shift(flow, join)
    if found is None or found[0].moved_by is None or found[0].moved_by.name != "slice":
        return False
    return distance(*found) < 1  # an even kernel's centre lies between two pixels


def distance(one: Centres, other: Centres) -> float:
    """Return how far apart two maps' first pixels are centred, along the worse axis."""
    return max(abs(a - b) for a, b in zip(one.first, other.first, strict=True))


def _centres(flow: Flow, backwards: tuple[Op, ...]) -> Centres | None:
    first, step, moved_by = [0.0, 0.0], [1.0, 1.0], None
    for op in reversed(backwards):
        before, after = flow.shapes[flow.carriers(op)[0]], flow.shapes[op.outputs[0]]
        if op.name in ("slice", "constant_pad_nd"):
            if not _cut_or_padded(op, before, first, step):
                return None
            moved_by = moved_by or (op if before[2:] != after[2:] else None)
            continue
        window = Reading(op, flow.shapes, {}).window
        if window is None:
            if len(before) != len(after) or before[2:] != after[2:] or op.name in _MOVES:
                return None
            continue
        if window.transposed or len(window.kernel) != len(before) - 2 or len(window.kernel) < 2:
            return None  # along time there are no rows and columns, also where the sum has both
        for axis in (0, 1):
            first[axis] += step[axis] * ((window.reach(axis - 2) - 1) / 2 - window.padding[axis - 2])
            step[axis] *= window.stride[axis - 2]
        moved_by = moved_by or (None if isinstance(op, Convolution) else op)
    return Centres((first[0], first[1]), (step[0], step[1]), moved_by)


def _cut_or_padded(op: Op, before: tuple[int, ...], first: list[float], step: list[float]) -> bool:
    """Move the centres as a slice or a pad does; False where it is not plain where they are."""
    if op.name == "slice":
        axis, start = op.arguments["dim"] % len(before) - (len(before) - 2), op.arguments["start"] or 0
        if axis >= 0:
            size = before[axis - 2]
            first[axis] += step[axis] * (max(0, start + size) if start < 0 else min(start, size))
            step[axis] *= op.arguments["step"]
        return True
    pads = list(op.arguments["pad"])
    for axis, (low, high) in enumerate([(pads[2:4] or [0, 0]), (pads[0:2])]):
        if low != high and low < 0 < high:
            return False
        first[axis] -= step[axis] * low
    return True
