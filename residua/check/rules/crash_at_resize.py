"""When two maps differ in size, which layer that should keep or scale a size does not?"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, POOLS, SCALINGS, Flow
from residua.check.evidence.geometry import said_once, weighted_before
from residua.check.run.forward import attempt
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


def at_resize(evidence: Evidence, trial: Trial, failed: Op) -> Hit | None:
    """Name the layer that gives one operand another size than the other has, as no size of the input could mend.

    That is a transposed convolution whose map is not its stride times as large, of several in a row the first; or a
    pooling of stride 1 without the padding that keeps the side.
    """
    flow = trial.flow
    if failed.name not in ADDS | SCALINGS | {"cat", "stack"} or trial.failure is None:
        return None
    for value, other in itertools.permutations(failed.inputs, 2):
        sides, wanted = flow.shapes[value][2:], flow.shapes[other][2:]
        if not sides or len(sides) != len(wanted) or sides == wanted:
            continue
        rule = "R129" if sides < wanted else "R130"
        wrong = _transposed(flow, value, other)
        if wrong is not None:
            severity = "note" if _runs_at_odd_sides(trial) else "error"
            return evidence.hit(rule, evidence.layer_place(wrong, trial), trial, severity, **_facts(flow, wrong))
        pool = _pool(flow, value, other)
        if pool is not None:
            facts = {"kind": "pooling", "how": "keeps it", **_facts_of_pool(pool)}
            facts["what"] = "shrinks the map" if sides < wanted else "makes the map grow"
            return evidence.hit(rule, evidence.layer_place(pool, trial), trial, "error", **facts)
    return None


def _transposed(flow: Flow, value: int, other: int) -> Convolution | None:
    """Return the first transposed convolution that is wrong, where all of them by their strides give the other size."""
    shared = flow.ancestors((other,))
    found = [each for each in weighted_before(flow, value) if isinstance(each, Convolution) and each.transposed]
    own = [each for each in found if shared.isdisjoint(each.outputs)]
    wrong = next((each for each in own if _lost(flow, each)), None)
    if wrong is None:
        return None
    scales = [math.prod(steps) for steps in zip(*(each.stride for each in own), strict=True)]
    meant = [side * scale for side, scale in zip(flow.shapes[own[0].data][2:], scales, strict=False)]
    return wrong if tuple(meant) == flow.shapes[other][2:] else None


def _runs_at_odd_sides(trial: Trial) -> bool:
    """Tell a network for sides of 4n + 1, say: strided convolutions with padding 1 halve 65 to 33, and back again."""
    if trial.signal is None or trial.signal.given:
        return False
    return bool(attempt(trial.module, replace(trial.signal, side=trial.signal.side + 1))[0])


def _pool(flow: Flow, value: int, other: int) -> Op | None:
    """Return a pooling of stride 1 and an odd kernel that changes the side which the other operand still has."""
    for op in flow.chain(value).ops:
        kernel, step = op.arguments.get("kernel_size"), op.arguments.get("stride")
        if op.name not in POOLS or not kernel or not step or set(step) != {1} or not all(side % 2 for side in kernel):
            continue
        axes = len(flow.shapes[other]) - 2  # pooling along one axis runs as one of two
        entering, leaving = (flow.shapes[each][-axes:] for each in (op.inputs[0], op.outputs[0]))
        if entering != leaving and entering == flow.shapes[other][2:]:
            return op
    return None


def _facts_of_pool(pool: Op) -> dict[str, Any]:
    kernel = max(pool.arguments["kernel_size"])
    return {"kernel": kernel, "padding": max(pool.arguments["padding"]), "right": kernel // 2}


def _lost(flow: Flow, op: Convolution) -> bool:
    """Tell a transposed convolution of some stride whose map is not so many times as large as what it was given."""
    entering, leaving = flow.shapes[op.data][2:], flow.shapes[op.outputs[0]][2:]
    return op.strided and any(a * step != b for a, b, step in zip(entering, leaving, op.stride, strict=False))


def _facts(flow: Flow, op: Convolution) -> dict[str, Any]:
    """Return its padding, and the padding beside an output_padding with which it multiplies a side by its stride."""
    step, pad = op.stride[0], op.padding[0]
    twice = op.dilation[0] * (op.kernel[0] - 1) + 1 - step  # what 2 · padding - output_padding has to be
    more = 2 * pad - twice
    if not 0 <= more < max(step, op.dilation[0]):
        pad = max(0, math.ceil(twice / 2))
        more = 2 * pad - twice
    side, got = flow.shapes[op.data][2], flow.shapes[op.outputs[0]][2]
    right = f"{pad}, output_padding={more}" if more else pad
    words = {"kind": "transposed convolution", "what": f"makes {got} pixels of {side}", "how": f"makes {side * step}"}
    sizes = {"kernel": said_once(op.kernel, "×"), "padding": said_once(op.padding, ", ")}
    return {**sizes, "right": right, **words}
