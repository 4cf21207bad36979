"""Do layers that stand one behind the other read one another?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ACTIVATIONS, NORMS, POOLS, Flow
from residua.check.evidence.joins import Join, depth_between
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
