"""Where on a page does each box, arc and word of a drawing stand? In pixels, and no two words on one place.

Words are set in a monospaced font and stretched to a known width, so that what is measured here holds in every viewer.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from residua.summary.diagram import Diagram
from residua.summary.joins import Arc, Box, Fold
from residua.summary.pieces import INPUT, SUM, UNUSED, times

LETTER = 0.6  # width of a monospaced letter, in ems
LARGE, SMALL = 12.0, 10.0
_LONGEST = 44  # letters in a line: half of a page of 80
_PAD, _GAP, _LANE, _EDGE, _LEAD = 8.0, 28.0, 12.0, 20.0, 1.35
_BRACKET = 10.0


@dataclass(frozen=True)
class Words:
    """One line of text: its left end and the middle of its height. kind: its class in the style."""

    x: float
    y: float
    text: str
    size: float
    kind: str = ""

    @property
    def width(self) -> float:
        """Its width in pixels."""
        return width_of(self.text, self.size)

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return (self.x, self.y - self.size / 2, self.x + self.width, self.y + self.size / 2)


@dataclass(frozen=True)
class Frame:
    """The rectangle of one box."""

    x: float
    y: float
    width: float
    height: float
    kind: str

    @property
    def middle(self) -> float:
        """The middle of its height."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """A line through points, with or without a head."""

    points: tuple[tuple[float, float], ...]
    kind: str = ""
    head: bool = True


@dataclass
class Page:
    """Everything that is drawn, and how large it is."""

    width: float = 0.0
    height: float = 0.0
    words: list[Words] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def width_of(text: str, size: float) -> float:
    """Return the width of a line of text; Chinese characters take two letters' room."""
    return cell_len(text) * size * LETTER


def lines_of(box: Box) -> list[tuple[str, float, str]]:
    """Return the lines inside a box: what runs, its name, and what is marked."""
    text = f"{box.text} · {box.after}" if box.after else box.text
    lines = [(part, LARGE, "") for part in textwrap.wrap(text, _LONGEST) or [""]]
    if box.name and box.kind != SUM:
        lines += [(part, SMALL, "soft") for part in textwrap.wrap(box.name, _LONGEST)]
    marks = [*box.marks, *(["its result is not used"] if box.kind == UNUSED else [])]
    return lines + [(part, SMALL, "bad") for mark in marks for part in textwrap.wrap(mark, _LONGEST)]


def laid_out(diagram: Diagram) -> Page:
    """Return the page of a drawing: in as many columns as make it about as high as wide."""
    page = Page()
    inner = max([width_of(text, size) for box in diagram.boxes for text, size, _ in lines_of(box)], default=80.0)
    sizes = max([width_of(times(box.shape), SMALL) for box in diagram.boxes], default=0.0)
    width = max(inner + 2 * _PAD, 2 * (sizes + 14.0))
    page.words.append(Words(_EDGE, _EDGE, diagram.title, LARGE, "title"))
    top, left, bottom = _EDGE + 24.0, _EDGE, 0.0
    before: tuple[float, float] | None = None
    for first, last in _columns(diagram, width):
        column = _Column(page, diagram, first, last, width)
        right, end, before = column.place(left, top, before)
        bottom, left = max(bottom, end), right + _EDGE
    page.height, page.width = bottom + _EDGE, max(left, _EDGE * 2 + page.words[0].width)
    for note in diagram.notes:
        for part in textwrap.wrap(note, max(_LONGEST, int((page.width - 2 * _EDGE) / (SMALL * LETTER)))):
            page.words.append(Words(_EDGE, page.height, part, SMALL, "bad"))
            page.width = max(page.width, page.words[-1].rectangle[2] + _EDGE)
            page.height += SMALL * _LEAD
    page.height += _EDGE / 2 if diagram.notes else 0.0
    return page


def _height(box: Box) -> float:
    return sum(size * _LEAD for _, size, _ in lines_of(box)) + _PAD


def _columns(diagram: Diagram, width: float) -> list[tuple[int, int]]:
    """Return the first and last box of every column; only what leaves its last box may go on in the next."""
    heights = [_height(box) + _GAP for box in diagram.boxes]
    total = sum(heights)
    count = max(1, round(math.sqrt(total / (1.6 * width))))
    inside = {n for fold in diagram.folds for n in range(fold.first, fold.first + fold.count - 1)}
    found, first, so_far = [], 0, 0.0
    for number, height in enumerate(heights):
        so_far += height
        spanning = any(arc.start < number < arc.end for arc in diagram.arcs)
        follows = number + 1 < len(heights) and number in diagram.boxes[number + 1].sources
        if so_far >= total / count and follows and not spanning and number not in inside:
            found.append((first, number))
            first, so_far = number + 1, 0.0
    return [*found, (first, len(heights) - 1)] if heights else []


class _Column:
    """One column: its boxes, the lanes of its arcs to their right, the brackets of repetitions to their left."""

    def __init__(self, page: Page, diagram: Diagram, first: int, last: int, width: float) -> None:
        self.page, self.boxes, self.width = page, diagram.boxes, width
        self.first, self.last = first, last
        self.arcs = [arc for arc in diagram.arcs if first <= arc.end <= last]
        self.folds = [fold for fold in diagram.folds if first <= fold.first <= last]
        self.ends = last + 1 == len(diagram.boxes)
        self.frames: dict[int, Frame] = {}

    def place(
        self, left: float, top: float, before: tuple[float, float] | None
    ) -> tuple[float, float, tuple[float, float]]:
        """Draw the column from `left` and `top` on; return its right and lower end, and where it goes on from."""
        margin = max((width_of(f"×{fold.times}", LARGE) + 2 * _BRACKET for fold in self.folds), default=0.0)
        x = left + margin
        middle, y = x + self.width / 2, top
        if before is not None:
            self._enter(before, (middle, top), left)
            y += _GAP
        for number in range(self.first, self.last + 1):
            y = self._box(number, x, y)
        for fold in self.folds:
            self._bracket(fold, x)
        right = self._arcs(x, top)
        return right, y, (middle, y - _GAP + 12.0)

    def _enter(self, before: tuple[float, float], at: tuple[float, float], left: float) -> None:
        """Lead the line from the end of the column before to the top of this one."""
        between, (x, y) = left - _EDGE / 2, before
        self.page.lines.append(
            Line(((x, y), (between, y), (between, at[1] - 6.0), (at[0], at[1] - 6.0), (at[0], at[1] + _GAP)))
        )
        shape = times(self.boxes[self.first - 1].shape)
        self.page.words.append(Words(at[0] + 6.0, at[1] + 8.0, shape, SMALL, "soft"))
        self.frames[self.first - 1] = Frame(at[0], at[1] + 18.0, 0.0, 0.0, "")

    def _box(self, number: int, x: float, y: float) -> float:
        box, middle = self.boxes[number], x + self.width / 2
        lines, height = lines_of(box), _height(box)
        own = self.width if box.kind not in (SUM, INPUT) else max(width_of(t, s) for t, s, _ in lines) + 3 * _PAD
        frame = Frame(middle - own / 2, y, own, height, box.kind)
        self.frames[number] = frame
        self.page.frames.append(frame)
        at = y + _PAD / 2
        for text, size, kind in lines:
            at += size * _LEAD
            self.page.words.append(Words(middle - width_of(text, size) / 2, at - size * _LEAD / 2, text, size, kind))
        below = y + height
        goes_on = number + 1 <= self.last and number in self.boxes[number + 1].sources
        ends_here = number == self.last
        if (goes_on or ends_here) and box.shape:
            head = goes_on or self.ends
            self.page.lines.append(Line(((middle, below), (middle, below + (_GAP if head else 12.0))), head=head))
            if not ends_here or self.ends:
                self.page.words.append(Words(middle + 6.0, below + 12.0, times(box.shape), SMALL, "soft"))
        return below + _GAP

    def _bracket(self, fold: Fold, x: float) -> None:
        top, end = self.frames[fold.first], self.frames[fold.first + fold.count - 1]
        edge, inner = x - _BRACKET, x - 4.0
        low = end.y + end.height
        self.page.lines.append(Line(((inner, top.y), (edge, top.y), (edge, low), (inner, low)), "soft", head=False))
        text = f"×{fold.times}"
        at = (edge - 5.0 - width_of(text, LARGE), (top.y + low) / 2)
        self.page.words.append(Words(*at, text, LARGE, "strong"))

    def _arcs(self, x: float, top: float) -> float:
        """Draw the arcs in lanes, the shortest next to the boxes, and what stands on them to the right of all."""
        lanes: list[list[tuple[int, int]]] = []
        edge = x + self.width
        placed: list[tuple[Arc, float]] = []
        for arc in sorted(self.arcs, key=lambda each: (each.end - each.start, each.start)):
            lane = next((n for n, lane in enumerate(lanes) if all(arc.start >= e or arc.end <= s for s, e in lane)), -1)
            if lane < 0:
                lanes.append([])
                lane = len(lanes) - 1
            lanes[lane].append((arc.start, arc.end))
            placed.append((arc, edge + _LANE * (lane + 1)))
        beside = edge + _LANE * (len(lanes) + 1)
        right, free = (beside if lanes else edge), top
        for arc, at in sorted(placed, key=lambda pair: self._middle(pair[0])):
            self._arc(arc, at)
            lines = [part for text in arc.through for part in textwrap.wrap(text, 28)]
            y = max(free, self._middle(arc) - len(lines) * SMALL * _LEAD / 2)
            for line in lines:
                kind = "bad" if arc.missing else "soft"
                self.page.words.append(Words(beside, y + SMALL * _LEAD / 2, line, SMALL, kind))
                right = max(right, self.page.words[-1].rectangle[2])
                y += SMALL * _LEAD
            free = y if lines else free
        return right

    def _middle(self, arc: Arc) -> float:
        return (self.frames[arc.start].middle + self.frames[arc.end].middle) / 2

    def _arc(self, arc: Arc, lane: float) -> None:
        start, end = self.frames[arc.start], self.frames[arc.end]
        leave, come = start.middle + (4.0 if start.height else 0.0), end.middle - 4.0
        kind = "missing" if arc.missing else "dotted" if arc.dotted else ""
        points = ((start.x + start.width, leave), (lane, leave), (lane, come), (end.x + end.width, come))
        self.page.lines.append(Line(points, kind))


def overlaps(page: Page) -> Sequence[tuple[str, str]]:
    """Return the pairs of lines of text that stand on one place, as far as a drawing of many lines can be read."""
    found = []
    rows = sorted(page.words, key=lambda words: words.rectangle[1])
    for index, words in enumerate(rows):
        left, _, right, bottom = words.rectangle
        for other in rows[index + 1 :]:
            if other.rectangle[1] >= bottom:
                break
            if other.rectangle[0] < right and left < other.rectangle[2]:
                found.append((words.text, other.text))
    return found
