"""Which concatenations stand in published designs where a residual block has its sum?"""

from __future__ import annotations

import itertools

from residua.check.evidence.evidence import Unit
from residua.check.evidence.flow import Flow
from residua.record.tape import Op


def is_nested(unit: Unit) -> bool:
    """Tell the skips of a U-Net: a later concatenation takes an earlier value, so that each stands around the last.

    Those of a dense block take ever later values.
    """
    flow: Flow = unit.flow
    pairs = [op for op in flow.ops if op.name == "cat" and op in flow.live_ops and len(op.inputs) == 2]
    depths = [sorted(flow.depth.get(value, (0, 0))[1] for value in op.inputs) for op in pairs]
    steps = itertools.pairwise(depths)
    return len(pairs) > 1 and all(later[0] < one[0] <= one[1] < later[1] for one, later in steps)


def is_coupling(unit: Unit) -> bool:
    """Tell a block that passes part of its channels on as they are, and puts the rest beside them."""
    return any(op.name == "cat" and op in unit.flow.live_ops and passes_part_on(unit, op) for op in unit.flow.ops)


def passes_part_on(unit: Unit, op: Op) -> bool:
    """A concatenation gives back the shape that came in, and one of its parts is a part of the input as it was."""
    flow: Flow = unit.flow
    untouched = any(flow.depth.get(value) == (0, 0) for value in op.inputs)
    return untouched and flow.shapes[op.outputs[0]] == flow.shapes[flow.inputs[0]]


def concatenates_what_it_pools(unit: Unit) -> bool:
    """Tell a block with such a concatenation of its pooled input."""
    return any(op.name == "cat" and pools_beside(unit, op) for op in unit.flow.ops)


def pools_beside(unit: Unit, op: Op) -> bool:
    """One part of a concatenation is the block's input, made smaller without weights."""
    flow: Flow = unit.flow
    before = flow.shapes[flow.inputs[0]]
    plain = (flow.shapes[value] for value in op.inputs if flow.depth.get(value) == (0, 0))
    return any(len(shape) == len(before) > 2 and shape[1] == before[1] and shape[2:] < before[2:] for shape in plain)
