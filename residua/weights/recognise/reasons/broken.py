"""Which tensor is the first that no residual network has at its place, and what was expected there?"""

from __future__ import annotations

from collections.abc import Sequence

from residua.weights.files.names import split_in_collections
from residua.weights.recognise.grammar import furthest, parse
from residua.weights.recognise.infer import first_misplaced
from residua.weights.recognise.layers import Layer, first_odd
from residua.weights.recognise.norm_placement import first_unplaced
from residua.weights.recognise.order import orders
from residua.weights.recognise.recognised import Recognised

BLOCKS = {"basic": "two 3×3 convolutions", "bottleneck": "a 1×1, a 3×3 and a 1×1 convolution to four times the width"}


def describe_break(so_far: Recognised) -> tuple[str, str]:
    """Return (reason in words, the tensor that it names); empty words where there is nothing to say."""
    if not so_far.layers:
        return "", ""
    _, ordered = next(orders(so_far.layers, so_far.registered))
    sentences = parse(ordered)
    if not sentences:
        return _break_of_blocks(ordered)
    name = first_misplaced(so_far.layers, so_far.registered)
    if name is not None:
        return f"by its shape {name!r} would be part of a block, of which its name says that it is none", name
    unplaced = first_unplaced(sentences[0], ordered)
    if unplaced is not None:
        name = next(iter(unplaced.keys.values()))
        return f"no convolution's norm is {name!r} of {unplaced.out} channels", name
    gates = next((block.gates for block in sentences[0].blocks if block.gates), ())
    if gates:
        return f"the gate {_name(gates[0])!r} {gates[0].shape} is of no width or place known here", _name(gates[0])
    first = sentences[0].blocks[0].main[0]
    return (
        f"no network here has a block that begins with {_name(first)!r} {first.shape} and the layers behind it",
        _name(first),
    )


def describe_odd(so_far: Recognised) -> tuple[str, str]:
    """Return (reason, tensor) where a tensor belongs to a layer that is not whole, as a norm without its shift."""
    odd = first_odd(so_far.kept, so_far.hwio)
    if odd is None:
        return "", ""
    parts = split_in_collections(so_far.kept)
    beside = [part.role for part in parts.values() if part.path == parts[odd].path and part.role]
    has = f"; its layer has {' and '.join(beside)}" if beside else ""
    return f"{odd!r} {so_far.kept[odd].shape} belongs to no whole convolution, matrix or norm{has}", odd


def _name(layer: Layer) -> str:
    return next(iter(layer.keys.values()))


def _break_of_blocks(ordered: Sequence[Layer]) -> tuple[str, str]:
    """Say which convolution continues no stem and no block."""
    body = [layer for layer in ordered if layer.kind not in ("norm", "linear")]
    reached = furthest(ordered)
    if reached is None:
        if not body:
            return "", ""
        shape = body[0].shape
        return (
            f"its first convolution {_name(body[0])!r} is {shape}; stems here are one 7×7, one 3×3 or three 3×3",
            _name(body[0]),
        )
    count, kind = reached
    if count < len(body):
        layer = body[count]
        before = body[count - 1]
        return (
            f"{_name(layer)!r} {layer.shape} does not follow {_name(before)!r} {before.shape}: "
            f"{kind} blocks have {BLOCKS[kind]}, and at most one projection and one gate",
            _name(layer),
        )
    last = body[-1]
    matrix = next((layer for layer in ordered if layer.kind == "linear" and layer.shape[1] != last.out), None)
    if matrix is not None and len(body) > 1:
        return f"{_name(matrix)!r} {matrix.shape} does not read the {last.out} features of {_name(last)!r}", _name(
            matrix
        )
    return f"with {_name(last)!r} {last.shape} a block begins that has no end", _name(last)
