"""Do layers that stand one behind the other read one another?"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ACTIVATIONS, NORMS, POOLS, Flow
from residua.check.evidence.joins import Join, depth_between
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Op


@partial(
    Rule,
    code="R231",
    severity="warning",
    title="a layer reads the input of the layer before it",
    message="{target}: what is added here was computed from the input of the sum before it: the layers are not stacked",
    evidence="no way leads from the sum before, and its norm or activation, through the layer whose result is added",
    fix="- {code}\n+ the same layer, given the sum before it",
    source="He 2016a eq. 1",
    wrong="for layer, norm in pairs: h = norm(h + layer(x))",
    right="for layer, norm in pairs: h = norm(h + layer(h))",
    once=True,
)
def r231(evidence: Evidence) -> Iterator[Hit]:
    """A stack whose stream is updated by each layer, while each layer reads what the stream began with."""
    for trial in evidence.finished:
        flow = trial.flow
        firsts = {join.op.outputs[0]: join for join in trial.joins if join.is_identity}
        for op, values in flow.additions.items():
            pairs = ((values[0], values[1]), (values[1], values[0])) if op in flow.live_ops else ()
            for stream, added in pairs:
                first = _behind(flow, stream, firsts)
                if first is not None and trial.tape.owner(first.op) != trial.tape.owner(op):
                    continue  # a residual block beside another way from its input, as in an hourglass
                reader = _reads_the_start(flow, added, first) if first is not None else None
                if reader is not None:
                    yield evidence.hit("R231", evidence.line_of(reader), trial)


@partial(
    Rule,
    code="R241",
    severity="warning",
    title="each backcast is taken off the network's input",
    message="{target}: every block's backcast is taken off the same value: what earlier blocks explained comes back",
    evidence="{count} differences in this line start from one value, and each backcast comes from the one before",
    fix="- {code}\n+ residual = residual - backcast",
    source="Oreshkin 2020 (N-BEATS) eq. 2",
    wrong="residual = x - backcast",
    right="residual = residual - backcast",
    implies=("R178",),
    once=True,
)
def r241(evidence: Evidence) -> Iterator[Hit]:
    """Doubly residual stacking whose blocks read one another, and whose backcasts all leave the network's input.

    Without that name it may be an iteration towards x = y - g(x), as a residual flow inverts itself (Behrmann 2019).
    """
    for trial in evidence.finished[:1]:
        flow = trial.flow
        taken: dict[Place, list[Op]] = {}
        for op in flow.ops:
            place = evidence.line_of(op) if op.name == "sub" and len(op.inputs) == 2 else None
            if place is not None and set(op.inputs) <= flow.from_input:
                taken.setdefault(place, []).append(op)
        for (file, line), ops in taken.items():
            kinds = source.classes_around(file, line)
            text = f"{kinds[0].name} {ast.get_docstring(kinds[0]) or ''}" if kinds else ""
            named = _STACKING.search(f"{source.text_of(file, line)} {text}")
            if named and len(ops) > 1 and all(_restarts(flow, *pair) for pair in itertools.pairwise(ops)):
                yield evidence.hit("R241", (file, line), trial, count=len(ops))


_STACKING = re.compile(r"back_?cast|n[-_]?beats|doubly[- ]residual", re.I)


def _restarts(flow: Flow, first: Op, then: Op) -> bool:
    """Tell two differences from one value, of which the other takes off what layers computed from the first.

    What takes off the sum of all backcasts so far, `x - total`, is the running residual itself.
    """
    behind = flow.ancestors(then.inputs[1:])
    layered = depth_between(flow, first.outputs[0], then.inputs[1])[0] if first.outputs[0] in behind else 0
    again = _without_layers(flow, first.inputs[1]) & _without_layers(flow, then.inputs[1])
    return first.inputs[0] == then.inputs[0] and layered > 0 and not again


def _without_layers(flow: Flow, value: int) -> set[int]:
    """Return the values of which no layer with weights keeps a value apart, itself among them."""
    todo, seen = [value], set[int]()
    while todo:
        each = todo.pop()
        if each in seen or each not in flow.from_input:
            continue
        seen.add(each)
        op = flow.maker(each)
        todo += op.inputs if op is not None and op not in flow.weighted else ()
    return seen


def _behind(flow: Flow, value: int, firsts: dict[int, Join]) -> Join | None:
    """Return the sum of which a value is the norm, or the activation: what adds up branches has neither between."""
    chain = flow.chain(value, frozenset(firsts))
    shaped = any(op.name in NORMS | ACTIVATIONS for op in chain.ops)
    return firsts.get(chain.origin) if shaped and not chain.weighted else None


def _reads_the_start(flow: Flow, value: int, first: Join) -> Op | None:
    """Return the first layer behind a value that comes by layers from the start of a sum, and not from the sum."""
    behind, start = flow.ancestors((value,)), first.shortcut.origin
    if start not in behind or not behind.isdisjoint(first.op.outputs) or depth_between(flow, start, value)[0] == 0:
        return None
    part = flow.between(start, value)
    if any(not behind.isdisjoint(op.outputs) and (op.name in POOLS or "upsample" in op.name) for op in part.ops):
        return None  # another resolution
    return next((op for op in part.ops if op in part.weighted and not behind.isdisjoint(op.outputs)), None)
