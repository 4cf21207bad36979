"""Which axes of the input does each axis of a value hold, after the views and permutations of the user's code?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from residua.check.evidence.flow import Flow
from residua.record.tape import Convolution, Op

VIEWS = frozenset({"view", "_unsafe_view", "reshape", "view_copy"})


@dataclass(frozen=True)
class Atom:
    """A piece of one original axis: which axis, how long, and how far apart its steps lie on that axis."""

    axis: int
    size: int
    stride: int = 1


Axes = tuple[tuple[Atom, ...], ...]


class Scrambled(Exception):
    """A view cuts an axis into pieces that it merges with other axes on both sides."""


class Tracks:
    """Follows axes through a flow; a value that no view or permutation made has fresh axes."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.fresh = itertools.count()
        self.known: dict[int, Axes] = {}
        self.scrambled: list[Op] = []
        for op in flow.ops:
            if op.inputs and op.outputs:
                self._step(op)

    def of(self, value: int) -> Axes:
        """Return the atoms of each axis of a value."""
        if value not in self.known:
            self.known[value] = tuple((Atom(next(self.fresh), length),) for length in self.flow.shapes[value])
        return self.known[value]

    def _step(self, op: Op) -> None:
        axes, made = self.of(op.inputs[0]), op.outputs[0]
        shape = self.flow.shapes[made]
        if op.name in VIEWS:
            try:
                self.known[made] = _viewed(axes, shape)
            except Scrambled:
                if op.inputs[0] in self.flow.from_input and op in self.flow.live_ops:
                    self.scrambled.append(op)
        elif op.name in ("permute", "transpose", "t"):
            self.known[made] = _permuted(axes, op)
        elif op.name in ("unsqueeze", "squeeze") and made not in self.known:
            self.known[made] = _squeezed(axes, shape, self.fresh)
        elif op.name in ("bmm", "baddbmm", "mm", "addmm"):
            first, second = op.inputs[-2:]
            self.known[made] = (*self.of(first)[:-1], *self.of(second)[-1:])
        elif isinstance(op, Convolution):
            self.known[made] = (self.of(op.inputs[0])[0], *self.of(made)[1:])
        elif shape == self.flow.shapes[op.inputs[0]]:
            self.known[made] = axes


def _permuted(axes: Axes, op: Op) -> Axes:
    order = list(range(len(axes)))
    if op.name == "permute":
        order = [int(axis) % len(axes) for axis in op.arguments["dims"]]
    elif len(axes) > 1:
        first, second = (op.arguments["dim0"], op.arguments["dim1"]) if op.name == "transpose" else (0, 1)
        order[first], order[second] = order[second], order[first]
    return tuple(axes[axis] for axis in order)


def _squeezed(axes: Axes, shape: tuple[int, ...], fresh: Any) -> Axes:
    rest = [atoms for atoms in axes if _length(atoms) != 1]
    return tuple(rest.pop(0) if length != 1 and rest else (Atom(next(fresh), length),) for length in shape)


def _length(atoms: tuple[Atom, ...]) -> int:
    size = 1
    for atom in atoms:
        size *= atom.size
    return size


def _viewed(axes: Axes, shape: tuple[int, ...]) -> Axes:
    """Deal the atoms out to the axes of `shape`; raises Scrambled where a cut one is merged on both sides."""
    if 0 in shape or any(atom.size == 0 for atoms in axes for atom in atoms):
        return tuple((Atom(-1, length),) for length in shape)  # nothing is in it that could be scrambled
    todo = _fused([atom for atoms in axes for atom in atoms if atom.size != 1])
    found: list[tuple[Atom, ...]] = []
    found_cut: list[Atom] = []
    for index, length in enumerate(shape):
        taken: list[Atom] = []
        left = length
        while left > 1 and todo:
            atom = todo.pop(0)
            if left % atom.size == 0:
                left //= atom.size
                taken.append(atom)
                continue
            begun = bool(found_cut) and taken[:1] == [found_cut[-1]]
            if (
                begun
                or atom.size % left
                or (left != atom.size and _both_sides(taken, atom.size // left, shape[index + 1 :]))
            ):
                raise Scrambled
            rest = atom.size // left
            taken.append(Atom(atom.axis, left, atom.stride * rest))
            found_cut.append(Atom(atom.axis, rest, atom.stride))
            todo.insert(0, found_cut[-1])
            left = 1
        found.append(tuple(taken) or (Atom(-1, 1),))
    return tuple(found)


def _fused(atoms: list[Atom]) -> list[Atom]:
    """Put pieces that stand as they were cut together again: windows that were laid side by side are one side."""
    whole: list[Atom] = []
    for atom in atoms:
        if whole and whole[-1].axis == atom.axis and whole[-1].stride == atom.size * atom.stride:
            atom = Atom(atom.axis, whole.pop().size * atom.size, atom.stride)
        whole.append(atom)
    return whole


def _both_sides(taken: list[Atom], rest: int, later: tuple[int, ...]) -> bool:
    """Tell whether a cut atom's first piece joins `taken` and its last piece is shorter than the axis it goes to."""
    for length in later:
        if length == 1:
            continue
        if rest % length == 0:
            rest //= length
            if rest == 1:
                return False
            continue
        return bool(taken)
    return False
