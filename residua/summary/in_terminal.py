"""How is a drawing shown in a terminal: a line a box, shortcuts as lines in the margin, repetitions at the right?"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from residua.summary.diagram import Diagram
from residua.summary.joins import Arc, Box, Fold
from residua.summary.pieces import UNUSED, times


def as_lines(diagram: Diagram) -> list[str]:
    """Return the drawing in lines: margin, what runs, the shape that leaves it, its name, and how often it repeats."""
    margins = _margins(diagram)
    texts = [_text(box, [arc for arc in diagram.arcs if arc.end == n]) for n, box in enumerate(diagram.boxes)]
    wide = max(map(cell_len, texts), default=0)
    shapes = [times(box.shape) for box in diagram.boxes]
    sizes, names = max(map(len, shapes), default=0), max((len(box.name) for box in diagram.boxes), default=0)
    lines = [diagram.title]
    for number, box in enumerate(diagram.boxes):
        repeats = _repeats(number, diagram.folds)
        text = texts[number] + " " * (wide - cell_len(texts[number]))
        line = f"{margins[number]}{text}  {shapes[number]:<{sizes}}  {box.name:<{names}}{repeats}"
        lines.append(line.rstrip())
        below = _below(margins[number])
        marks = [*box.marks, *(["its result is not used"] if box.kind == UNUSED else [])]
        lines += [f"{below}    ! {mark}" for mark in marks]
    return [*lines, *(f"! {note}" for note in diagram.notes)]


def _text(box: Box, arcs: Sequence[Arc]) -> str:
    text = f"{box.text} · {box.after}" if box.after else box.text
    words = [", ".join(arc.through) for arc in arcs if arc.through]
    return f"{text}   ({'; '.join(words)})" if words else text


def _repeats(number: int, folds: Sequence[Fold]) -> str:
    fold = next((each for each in folds if each.first <= number < each.first + each.count), None)
    if fold is None:
        return ""
    if number < fold.first + fold.count - 1:
        return "  ┐" if number == fold.first else "  │"
    return f"  ┘ ×{fold.times}, to {fold.last}" if fold.last else f"  ┘ ×{fold.times}"


def _margins(diagram: Diagram) -> list[str]:
    """Return what stands before every box: one column a lane, the innermost lane next to the text."""
    lanes: list[list[Arc]] = []
    for arc in sorted(diagram.arcs, key=lambda each: (each.end - each.start, each.start)):
        lane = next((each for each in lanes if all(arc.start >= o.end or arc.end <= o.start for o in each)), None)
        if lane is None:
            lane = []
            lanes.append(lane)
        lane.append(arc)
    return [_margin([_sign(lane, number) for lane in reversed(lanes)]) for number in range(len(diagram.boxes))]


def _sign(lane: Sequence[Arc], number: int) -> str:
    ends, starts = any(arc.end == number for arc in lane), any(arc.start == number for arc in lane)
    if ends or starts:
        return "├" if ends and starts else "╰" if ends else "╭"
    over = next((arc for arc in lane if arc.start < number < arc.end), None)
    if over is None:
        return " "
    return "╎" if over.missing else "┊" if over.dotted else "│"


def _margin(signs: Sequence[str]) -> str:
    """Join the signs of one line: what begins or ends here is led to the text."""
    out, leads, comes = [], False, False
    for sign in signs:
        out.append("┼" if leads and sign in "│┊╎" else "─" if leads and sign == " " else sign)
        leads = leads or sign in "╭╰├"
        comes = comes or sign in "╰├"
        out.append("─" if leads else " ")
    return "".join(out) + (("▸ " if comes else "─ ") if leads else "  ") if signs else "  "


def _below(margin: str) -> str:
    """Return the margin of a line below a box: what goes on in it."""
    return "".join({"╭": "│", "├": "│", "┼": "│", "│": "│", "┊": "┊", "╎": "╎"}.get(sign, " ") for sign in margin)
