"""Does a feature pyramid carry its coarsest map down to the finest?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import Flow
from residua.check.evidence.influence import enclosing
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Op


@partial(
    Rule,
    code="R243",
    severity="warning",
    title="a pyramid is added up from its finest level",
    message="{target}: each level is added to the one above before that has got its own: the coarsest map reaches one "
    "level only",
    evidence="{count} of {total} sums in this line resize a map that a later one of them adds to",
    fix="- {code}\n+ for i in range(len(maps) - 2, -1, -1): maps[i] = maps[i] + resize(maps[i + 1])",
    source="Lin 2017 (FPN) §3: the top-down pathway begins at the coarsest level",
    wrong="for i in range(len(p) - 1): p[i] = p[i] + up(p[i + 1])",
    right="for i in reversed(range(len(p) - 1)): p[i] = p[i] + up(p[i + 1])",
    once=True,
)
def r243(evidence: Evidence) -> Iterator[Hit]:
    """A loop over levels overwrites each with its sum with the next, from the finest on."""
    for trial in evidence.finished[:1]:
        for place, sums in _resized_sums(evidence, trial.flow).items():
            early = [index for index, (_, read) in enumerate(sums) if read in {kept for kept, _ in sums[index + 1 :]}]
            if len(sums) > 1 and early and _overwrites_levels(place):
                loops = [node for node in enclosing(*place) if isinstance(node, ast.For)]
                at = (place[0], loops[0].lineno) if loops else place
                yield evidence.hit("R243", at, trial, count=len(early), total=len(sums))


def _resized_sums(evidence: Evidence, flow: Flow) -> dict[Place, list[tuple[int, int]]]:
    """Return, by line, the sums of a map and a resized one: the map, and what was resized."""
    found: dict[Place, list[tuple[int, int]]] = {}
    for op, (left, *others) in flow.additions.items():
        if len(others) != 1:
            continue
        right = others[0]
        makers = {value: _resizing(flow, value) for value in (left, right)}
        place = evidence.line_of(op)
        for kept, resized in ((left, makers[right]), (right, makers[left])):
            if place is not None and resized is not None and makers[kept] is None:
                found.setdefault(place, []).append((kept, resized.inputs[0]))
    return found


def _resizing(flow: Flow, value: int) -> Op | None:
    maker = flow.maker(value)
    return maker if maker is not None and maker.name.startswith("upsample_") else None


def _overwrites_levels(place: Place) -> bool:
    """Tell a statement that stores into one entry of a list and reads another entry of it."""
    statement = source.innermost(*place)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    stored = [each for each in targets if isinstance(each, ast.Subscript)]
    value = getattr(statement, "value", None)
    read = [node for node in ast.walk(value) if isinstance(node, ast.Subscript)] if value is not None else []
    return any(
        ast.unparse(one.value) == ast.unparse(other.value) and ast.unparse(one.slice) != ast.unparse(other.slice)
        for one in stored
        for other in read
    )
