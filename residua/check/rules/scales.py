"""Do the scales of a Res2Net block feed one another?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import POOLS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.pieces import PIECES
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Call, Convolution


@partial(
    Rule,
    code="R237",
    severity="warning",
    title="the scales of a Res2Net block do not feed one another",
    message=(
        "{target}: each of {count} convolutions reads its own piece of the split alone: together they are one grouped "
        "convolution, and see a single scale"
    ),
    evidence="no convolution of {count} reads what another of them made",
    fix="- {code}\n+ sp = pieces[i] if i == 0 else sp + pieces[i]",
    source="Gao 2019 (Res2Net) eq. 1",
    wrong="sp = self.convs[i](pieces[i])",
    right="sp = self.convs[i](sp + pieces[i])",
    once=True,
)
def r237(evidence: Evidence) -> Iterator[Hit]:
    """A block that is named after Res2Net convolves the pieces of its split apart.

    Where a piece is pooled it is the first block of a stage, which Res2Net leaves without these sums.
    """
    for trial in evidence.finished[:1]:
        for call in trial.tape.calls:
            kind = type(call.module)
            if not call.finished or not call.inputs or not _NAMED.search(kind.__name__):
                continue
            own = _apart(Flow.of_call(trial.tape, call), trial, call)
            if own:
                place = _taken_at(evidence.line_within(own[1], call.index, trial.tape)) or evidence.line_of(own[1])
                yield evidence.hit("R237", place, trial, target=kind.__name__, count=len(own))


_NAMED = re.compile(r"res2(?!\d|d)|2neck", re.I)


def _apart(flow: Flow, trial: Trial, call: Call) -> list[Convolution]:
    """Return the convolutions of a block each of which reads one piece of a split, and no other one's; else none."""
    cuts = [op for op in flow.ops if op.name in PIECES and trial.tape.owner(op) == call.index]
    cut = next((op for op in cuts if op.inputs and op.inputs[0] in flow.from_input), None)
    if cut is None:
        return []
    whole = cut.inputs[0]
    pieces = {value for op in cuts if op.inputs[:1] == (whole,) for value in op.outputs}
    found: dict[int, Convolution] = {}
    for op in flow.ops:
        behind = flow.ancestors(op.inputs[:1]) & pieces
        if op.name in POOLS and behind:
            return []
        if not isinstance(op, Convolution) or op not in flow.weighted or op.side == 1 or not behind:
            continue
        if len(behind) > 1 or not behind.isdisjoint(found):
            return []
        found[behind.pop()] = op
    alike = {(op.kernel, op.dilation, flow.shapes[op.data]) for op in found.values()}
    return list(found.values()) if len(found) > 1 and len(alike) == 1 else []


def _taken_at(place: Place | None) -> Place | None:
    """Return the line of a loop that takes its piece of the split by the loop's counter, before it is convolved."""
    around = source.function_at(*place) if place is not None else None
    loops = [node for node in ast.walk(around) if isinstance(node, ast.For)] if around is not None else []
    for loop in loops:
        counter = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
        for node in ast.walk(loop):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Subscript):
                continue
            index = node.value.slice
            if isinstance(index, ast.Name) and index.id in counter and place is not None and node.lineno <= place[1]:
                return place[0], node.lineno
    return None
