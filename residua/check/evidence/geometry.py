"""Which stride, padding and channels should a convolution have had?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from residua.check.evidence.evidence import Evidence
from residua.check.evidence.flow import POOLS, Flow
from residua.check.evidence.places import Place
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


def conv_to_stride(chain: Sequence[Op], role: str) -> Op:
    """A bottleneck strides in its 3×3 convolution, everything else in its first."""
    if role == "residual" and len(chain) == 3 and chain[0].side == 1:
        return chain[1]
    return chain[0]


def weighted_before(flow: Flow, value: int) -> list[Op]:
    ancestors = flow.ancestors((value,))
    return [op for op in flow.ops if op in flow.weighted and set(op.outputs) & ancestors]


def is_cropped(flow: Flow, op: Op) -> bool:
    """Tell a convolution whose result is cropped at once, as causal ones are."""
    return any(user.name == "slice" for user in flow.users(op.outputs[0]))


def padding_error(flow: Flow, op: Convolution) -> int:
    """Return by how much a convolution's padding makes the map too small (negative) or too large; 0 when right."""
    if op.transposed:
        return 0
    source_op = flow.maker(op.data)
    if source_op is not None and ("pad" in source_op.name or source_op.name == "cat"):
        return 2 * max(op.padding) if padded_twice(flow, op) else 0
    for side, pad, dilation in zip(op.kernel, op.padding, op.dilation, strict=False):
        # A stride leaves the padding free by one, as of TensorFlow's; a dilation beside it needs the whole of it.
        if (
            op.strided
            and 0 < 2 * pad <= dilation * (side - 1)
            and (dilation == 1 or 2 * pad > (dilation - 1) * (side - 1))
        ):
            continue
        if side % 2 and 2 * pad != dilation * (side - 1):
            return int(2 * pad - dilation * (side - 1))
    return 0


def padded_twice(flow: Flow, op: Convolution) -> bool:
    """Tell a convolution that pads what was padded just before it by all that its kernel takes."""
    before = flow.maker(op.data)
    if before is None or "pad" not in before.name or op.strided or not all(op.padding):
        return False
    sides = zip(flow.shapes[op.data][2:], flow.shapes[before.inputs[0]][2:], op.kernel, op.dilation, strict=False)
    return all(after - given == dilation * (kernel - 1) for after, given, kernel, dilation in sides)


def even_error(flow: Flow, op: Convolution) -> int:
    """Return by how much an even kernel with the same padding on both sides changes the map; no such padding keeps it.

    k // 2 makes it one pixel larger, (k - 1) // 2 one smaller; a stride takes either.
    """
    maker = flow.maker(op.data)
    if op.transposed or op.strided or (maker is not None and "pad" in maker.name):
        return 0
    pairs = zip(op.kernel, op.padding, op.dilation, strict=False)
    errors = [2 * pad - dilation * (side - 1) for side, pad, dilation in pairs if side % 2 == 0 and pad]
    return next((error for error in errors if abs(error) == max(op.dilation)), 0)


def padding_facts(op: Convolution, error: int) -> dict[str, Any]:
    """Return the padding that a convolution has, and the one that would keep the map's size.

    error: negative where the map shrinks, positive where it grows.
    """
    right = (op.side - 1) * max(op.dilation) // 2 if op.side % 2 else "'same'"
    words = {"kind": "convolution", "what": "shrinks the map" if error < 0 else "makes the map grow", "how": "keeps it"}
    return {"kernel": said_once(op.kernel, "×"), "padding": said_once(op.padding, ", "), "right": right, **words}


def said_once(sizes: Sequence[int], between: str) -> str:
    """Say the sizes of an operation along its axes: one number where they agree, as a class takes it."""
    return str(sizes[0]) if len(set(sizes)) == 1 else between.join(str(size) for size in sizes)


def floored_at(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of the pooling which rounds down, where the sum fails because the other path strides."""
    failed = trial.tape.failed
    values = failed.inputs if failed is not None and failed.name not in ("cat", "stack") else ()
    for value, other in itertools.permutations(values, 2):
        shared = trial.flow.ancestors((other,))
        own = (op for op in trial.flow.chain(value).ops if shared.isdisjoint(op.outputs))
        pool = next((op for op in own if op.name in POOLS), None)
        if pool is not None:
            return evidence.layer_place(pool, trial)
    return None
