"""Which boxes of a drawing are shortcuts, to be drawn as arcs, and which stretches repeat?"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

from residua.summary.pieces import FAILED, INPUT, SUM

_LONGEST_SHORTCUT = 3  # boxes: pool, projection and one of the user's own; longer ones are a second branch
_LONGEST_REPEAT = 24  # boxes of one repetition: the longest published block, of attention and gates, has 12


@dataclass(frozen=True)
class Box:
    """One box: what ran, what shares the box after it, the shape that left it, and the boxes that it read."""

    name: str
    text: str
    after: str
    shape: tuple[int, ...]
    sources: tuple[int, ...]
    kind: str
    heavy: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arc:
    """A way around boxes, from one to another. through: what stands on it. dotted: a projection changes the shape.

    missing: there is none, and there should be.
    """

    start: int
    end: int
    through: tuple[str, ...] = ()
    dotted: bool = False
    missing: bool = False


@dataclass(frozen=True)
class Fold:
    """`count` boxes from `first` on that stand for `times` repetitions. last: the name of the last box of them."""

    first: int
    count: int
    times: int
    last: str


def with_arcs(boxes: Sequence[Box]) -> tuple[list[Box], list[Arc]]:
    """Take shortcuts with layers on them out of the column, and return what is left with all arcs beside it."""
    arcs: list[Arc] = []
    gone: set[int] = set()
    readers = _readers(boxes)
    for end, box in enumerate(boxes):
        if box.kind not in (SUM, FAILED) or len(box.sources) != 2:
            continue
        side = _side(boxes, readers, end)
        if side is not None:
            start, through = side
            words = tuple(word for number in through for word in (boxes[number].text, boxes[number].after) if word)
            arcs.append(Arc(start, end, words, boxes[start].shape != boxes[through[-1]].shape))
            gone |= set(through)
    keep = [number for number in range(len(boxes)) if number not in gone]
    place = {number: index for index, number in enumerate(keep)}
    left = []
    for number in keep:
        around = {arc.start for arc in arcs if arc.end == number}
        sources = tuple(place[source] for source in boxes[number].sources if source in place)
        left.append(replace(boxes[number], sources=sources))
        index = place[number]
        arcs += [
            Arc(source, number)
            for source in boxes[number].sources
            if source in place and place[source] != index - 1 and source not in around
        ]
    moved = [replace(arc, start=place[arc.start], end=place[arc.end]) for arc in arcs]
    return left, sorted(moved, key=lambda arc: (arc.start, arc.end))


def _readers(boxes: Sequence[Box]) -> dict[int, list[int]]:
    readers: dict[int, list[int]] = {}
    for number, box in enumerate(boxes):
        for source in box.sources:
            readers.setdefault(source, []).append(number)
    return readers


def _side(boxes: Sequence[Box], readers: dict[int, list[int]], end: int) -> tuple[int, list[int]] | None:
    """Return where the way to a sum that has layers on it and is the shorter one begins, and its boxes; or None."""
    fork, ways = _ways(boxes, end)
    if fork is None or not all(ways):
        return None  # one of the ways is the shortcut itself, and has no box
    weights = [(sum(boxes[number].heavy for number in way), len(way)) for way in ways]
    if weights[0] == weights[1]:
        return None
    way = sorted(min(zip(weights, ways, strict=True), key=lambda pair: pair[0])[1])
    chain = all(
        boxes[number].sources == ((way[index - 1] if index else fork),)
        and readers.get(number) == [way[index + 1] if index + 1 < len(way) else end]
        for index, number in enumerate(way)
    )
    plain = not any(boxes[number].marks or boxes[number].kind in (FAILED, INPUT) for number in way)
    return (fork, way) if chain and plain and len(way) <= _LONGEST_SHORTCUT else None


def _ways(boxes: Sequence[Box], end: int) -> tuple[int | None, tuple[list[int], list[int]]]:
    """Return the box where the two ways to `end` part, and the boxes on either way alone."""
    sides: dict[int, set[int]] = {}
    waiting: list[int] = []
    for side, source in enumerate(boxes[end].sources):
        sides.setdefault(source, set()).add(side)
        heapq.heappush(waiting, -source)
    ways: tuple[list[int], list[int]] = ([], [])
    done: set[int] = set()
    while waiting:
        number = -heapq.heappop(waiting)
        if number in done:
            continue
        done.add(number)
        if len(sides[number]) == 2:
            return number, ways
        ways[next(iter(sides[number]))].append(number)
        for source in boxes[number].sources:
            sides.setdefault(source, set()).update(sides[number])
            heapq.heappush(waiting, -source)
    return None, ways


def folded(boxes: Sequence[Box], arcs: Sequence[Arc]) -> tuple[list[Box], list[Arc], list[Fold]]:
    """Leave one of stretches that repeat: the same boxes, joined in the same way."""
    signs = _signs(boxes, arcs)
    keep: list[int] = []
    leader = list(range(len(boxes)))
    folds: list[Fold] = []
    at = 0
    while at < len(boxes):
        length, times = _repeat(signs, at)
        if any(_covers(signs, later) > length * times for later in range(at + 1, at + length * times)):
            length, times = 1, 1  # a stem like the first layer of a block is no repetition of it
        while times > 1 and _left(arcs, at, at + length * times - 1):
            times -= 1
        length = length if times > 1 else 1
        if times > 1:
            last = at + length * times - 1
            folds.append(Fold(len(keep), length, times, boxes[last].name))
            for number in range(at, last + 1):
                leader[number] = at + (number - at) % length
        keep += range(at, at + length)
        at += length * times
    place = {number: index for index, number in enumerate(keep)}
    left = [
        replace(boxes[number], sources=tuple(place[leader[source]] for source in boxes[number].sources))
        for number in keep
    ]
    inside = {
        replace(arc, start=place[leader[arc.start]], end=place[arc.end]): None for arc in arcs if arc.end in place
    }
    return left, [arc for arc in inside if arc.start < arc.end], folds


def _left(arcs: Sequence[Arc], first: int, last: int) -> bool:
    """Whether an arc leaves a stretch from within: folded, it would begin behind all that its boxes stand for."""
    return any(first <= arc.start < last < arc.end for arc in arcs)


def _signs(boxes: Sequence[Box], arcs: Sequence[Arc]) -> list[object]:
    """Return what is the same of two boxes that may be drawn once."""
    coming: dict[int, list[object]] = {}
    for arc in arcs:
        coming.setdefault(arc.end, []).append((arc.end - arc.start, arc.through, arc.dotted, arc.missing))
    return [
        (box.text, box.after, box.shape, box.kind, box.marks, tuple(number - source for source in box.sources),
         tuple(coming.get(number, ())))
        for number, box in enumerate(boxes)
    ]  # fmt: skip


def _covers(signs: Sequence[object], at: int) -> int:
    length, times = _repeat(signs, at)
    return length * times


def _repeat(signs: Sequence[object], at: int) -> tuple[int, int]:
    """Return the length of the stretch from `at` on that covers most when repeated, and how often it stands there."""
    best = (1, 1)
    for length in range(1, min(_LONGEST_REPEAT, (len(signs) - at) // 2) + 1):
        times = 1
        while signs[at : at + length] == signs[at + times * length : at + (times + 1) * length]:
            times += 1
        if times > 1 and length * times > best[0] * best[1]:
            best = (length, times)
    return best
