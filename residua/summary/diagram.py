"""What does a network look like: which boxes, which shortcuts around them, what repeats, and what is marked?

A drawing is a function of a tape and of marks; `svg.py` and `in_terminal.py` show it. It holds words and numbers only,
so that it can be made in the process that ran a stranger's class, and shown in another.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from residua.record.recorder import record_call
from residua.record.steps import blank_result
from residua.record.tape import Tape
from residua.summary.joins import Arc, Box, Fold, folded, with_arcs
from residua.summary.pieces import FAILED, INPUT, LAYER, SUM, UNUSED, Piece, Pieces, is_after, pieces_of
from residua.summary.rows import skeleton


@dataclass(frozen=True)
class Mark:
    """What is to be said at a line of the user's code. sum_missing: a shortcut belongs around the code it stands in."""

    words: str
    file: str = ""
    line: int | None = None
    sum_missing: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes from top to bottom, arcs beside them, stretches that repeat, and what no box could be marked with."""

    title: str
    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    folds: tuple[Fold, ...]
    notes: tuple[str, ...] = ()


def tape_of(model: nn.Module, input_size: Sequence[int]) -> Tape:
    """Record one pass of a copy of `model`, without weights, over a blank image; it ends where the network fails.

    input_size: (channels, height, width).
    """
    tape = Tape()
    copied = skeleton(model)
    try:
        with torch.no_grad():
            image = torch.zeros((1, *input_size), device="meta")
            record_call(copied, {"image": image}, tape, shortcut=blank_result)
    except (RuntimeError, ValueError):
        if tape.failed is None:
            raise
    return tape


def drawn(tape: Tape, title: str, marks: Sequence[Mark] = ()) -> Diagram:
    """Return the drawing of a tape, with marks at the operations of their lines.

    What the result does not depend on is drawn as unused; norms, activations and dropout share the box of what they
    follow; repeated stretches are folded.
    """
    found = pieces_of(tape)
    pieces = list(found.pieces)
    placed, notes = _placed(pieces, marks)
    used = _used(tape, found)
    merged = _merged(pieces, used, set(placed))
    boxes = [_box(pieces, number, group, placed, used) for number, group in merged.groups.items()]
    place = {number: index for index, number in enumerate(merged.groups)}
    boxes = [
        replace(box, sources=tuple(sorted({place[merged.leader[source]] for source in box.sources}))) for box in boxes
    ]
    missing = [
        Arc(place[merged.leader[first]], place[merged.leader[last]], ("no sum",), missing=True)
        for first, last in _missing(tape, found, placed, marks)
    ]
    boxes, arcs = with_arcs(boxes)
    boxes, arcs, folds = folded(boxes, [*arcs, *missing])
    return Diagram(title, tuple(boxes), tuple(arcs), tuple(folds), tuple(notes))


def _placed(pieces: Sequence[Piece], marks: Sequence[Mark]) -> tuple[dict[int, list[str]], list[str]]:
    """Return the words at each piece, and those of marks whose line no piece was made in."""
    placed: dict[int, list[str]] = {}
    notes = []
    for mark in marks:
        at = _last_at(pieces, mark)
        if at is None:
            notes.append(mark.words if mark.line is None else f"line {mark.line}: {mark.words}")
        elif mark.words not in placed.setdefault(at, []):
            placed[at].append(mark.words)
    return placed, notes


def _last_at(pieces: Sequence[Piece], mark: Mark) -> int | None:
    if mark.line is None:
        return None
    file = os.path.realpath(mark.file)
    for number in range(len(pieces) - 1, -1, -1):
        frames = [frame for op in pieces[number].ops for frame in op.frames[:1]]
        if any(frame.line == mark.line and os.path.realpath(frame.file) == file for frame in frames):
            return number
    return None


def _used(tape: Tape, found: Pieces) -> set[int]:
    """Return the pieces that the result, or the failure, depends on."""
    root = tape.calls[0] if tape.calls else None
    ends = {found.origin[value] for value in (root.outputs if root else ()) if value in found.origin}
    ends |= {number for number, piece in enumerate(found.pieces) if piece.kind == FAILED}
    if tape.failed is not None or not ends:
        return set(range(len(found.pieces)))
    seen: set[int] = set()
    waiting = list(ends)
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting += found.pieces[number].sources
    return seen


@dataclass(frozen=True)
class _Merged:
    """groups: the first piece of a box and all of it, in order. leader: the first piece of the box of any piece."""

    groups: dict[int, list[int]]
    leader: dict[int, int]


def _merged(pieces: Sequence[Piece], used: set[int], marked: set[int]) -> _Merged:
    """Put norms, activations and dropout into the box of what they follow, where nothing else reads what is between."""
    readers: dict[int, int] = {}
    for piece in pieces:
        for source in piece.sources:
            readers[source] = readers.get(source, 0) + 1
    leader: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        before = piece.sources[0] if len(piece.sources) == 1 else None
        joins = before is not None and readers[before] == 1 and pieces[before].kind in (LAYER, SUM)
        same = before is not None and (before in used) == (number in used)
        if before is not None and joins and same and is_after(piece.text) and piece.kind != FAILED:
            leader[number] = leader[before]
            groups[leader[number]].append(number)
        else:
            leader[number] = number
            groups[number] = [number]
    return _Merged(groups, leader)


def _box(
    pieces: Sequence[Piece], first: int, group: Sequence[int], placed: dict[int, list[str]], used: set[int]
) -> Box:
    head, last = pieces[first], pieces[group[-1]]
    after = ", ".join(pieces[number].text for number in group[1:])
    kind = head.kind if first in used or head.kind in (INPUT, FAILED) else UNUSED
    return Box(
        name=head.name,
        text=head.text,
        after=after,
        shape=last.shape if head.kind != FAILED else (),
        sources=tuple(head.sources),
        kind=kind,
        heavy=any(pieces[number].heavy for number in group),
        marks=tuple(words for number in group for words in placed.get(number, ())),
    )


def _missing(tape: Tape, found: Pieces, placed: dict[int, list[str]], marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Return from which piece to which a shortcut belongs: around the call of the user's code that a mark stands in."""
    ends = []
    for mark in marks:
        if not mark.sum_missing:
            continue
        at = next((number for number, words in placed.items() if mark.words in words), None)
        if at is None and mark.line is not None:
            continue  # its line did not run in this pass
        index = found.pieces[at].call if at is not None else None
        call = tape.calls[index] if index is not None else next(iter(tape.calls), None)
        if call is None:
            continue
        first = next((found.origin[value] for value in call.inputs if value in found.origin), None)
        last = next((found.origin[value] for value in call.outputs if value in found.origin), None)
        if first is not None and last is not None and last > first:
            ends.append((first, last))
    return ends
