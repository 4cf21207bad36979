"""Has each sub-layer of a transformer the residual that its siblings have?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, ATTENTION, NORMS, Chain
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R204",
    severity="warning",
    title="a sub-layer without its residual",
    message="{target}: this sub-layer, {layers}, replaces what it was given; the sub-layer {where} it adds to it",
    evidence="{weighted} weighted layers and a norm of their own, from {shape} to {shape}, no addition around them",
    fix="- {code}\n+ x = self.norm2(x + self.dropout(self.ff(x))), or x = x + self.ff(self.norm2(x))",
    source="Vaswani 2017 §3.1: a residual connection around each of the sub-layers",
    wrong="x = self.norm1(x + self.attn(x))\nx = self.norm2(self.ff(x))",
    right="x = self.norm1(x + self.attn(x))\nx = self.norm2(x + self.ff(x))",
)
def r204(evidence: Evidence) -> Iterator[Hit]:
    """A sub-layer of a block with a norm of its own has no residual, although another one has."""
    for unit in evidence.units:
        yield from _behind_the_sums(unit)
        yield from _before_the_sums(unit)


def _behind_the_sums(unit: Unit) -> Iterator[Hit]:
    """The last sub-layer: from the last sum to the output."""
    if not unit.joins or not unit.flow.outputs:
        return
    last = unit.joins[-1]
    chain = unit.flow.chain(unit.flow.outputs[0], frozenset(last.op.outputs))
    if chain.origin in last.op.outputs and _is_sub_layer(unit, chain):
        yield _hit(unit, chain, "before")


def _before_the_sums(unit: Unit) -> Iterator[Hit]:
    """The first sub-layer: from the input to the value that the first sum adds to."""
    if not unit.joins or not unit.flow.inputs:
        return
    first = unit.joins[0]
    chain = unit.flow.chain(first.shortcut.origin)
    if chain.origin in unit.flow.inputs and _is_sub_layer(unit, chain):
        yield _hit(unit, chain, "behind")


def _is_sub_layer(unit: Unit, chain: Chain) -> bool:
    """Tell attention, or two layers with an activation between them, that keep the shape of tokens and have a norm."""
    ops, shapes = chain.ops, unit.flow.shapes
    if not ops or len(chain.weighted) < 2 or any(isinstance(op, Convolution) for op in chain.weighted):
        return False
    same = shapes[chain.origin] == shapes[ops[0].outputs[0]] and len(shapes[chain.origin]) in (3, 4)
    first, last = chain.weighted[0].index, chain.weighted[-1].index
    between = any(
        op.name in ACTIVATIONS or op.name.startswith((ATTENTION, "bmm")) for op in ops if first < op.index < last
    )
    own = any("layer_norm" in op.name or "rms_norm" in op.name for op in ops)
    norms = [op for op in unit.flow.ops if op.name in NORMS and op in unit.flow.live_ops]
    return same and between and own and len(norms) > 1


def _hit(unit: Unit, chain: Chain, where: str) -> Hit:
    last = next((op for op in chain.ops if op in unit.flow.weighted), chain.ops[0])
    end = _end_of(unit, chain, last)
    shape = unit.flow.shapes[chain.origin]
    names = [unit.trial.path_of(op) for op in chain.weighted]
    facts: dict[str, Any] = {
        "layers": ", ".join(dict.fromkeys(name for name in names if name)),
        "weighted": len(chain.weighted),
    }
    return unit.hit("R204", _line_of_block(unit, end), where=where, shape=shape, **facts)


def _line_of_block(unit: Unit, op: Op) -> Place | None:
    """Return the line of the block's own forward behind an operation, which a part of it may have executed."""
    module = unit.call.module if unit.call is not None else unit.trial.module
    for frame in op.frames:
        forward = source.method(frame.file, type(module).__name__, "forward") if frame.function == "forward" else None
        if forward is not None and forward.lineno <= frame.line <= (forward.end_lineno or forward.lineno):
            return frame.file, frame.line
    return unit.evidence.line_of(op)


def _end_of(unit: Unit, chain: Chain, last: Op) -> Op:
    """Return the norm behind the sub-layer that ought to be given a sum, else its last layer."""
    behind = [op for op in chain.ops if op.index > last.index and op.name in NORMS]
    return behind[-1] if behind else last
