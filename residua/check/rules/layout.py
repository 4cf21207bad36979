"""Do views, attention and random masks leave every pixel, channel and image in its place?"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from residua.check.evidence.axes import Tracks
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import SAME, SCALINGS, Flow
from residua.check.evidence.joins import Join, after
from residua.check.run.trial import Trial
from residua.record.tape import Op

_RANDOM = frozenset({"bernoulli", "bernoulli_", "rand", "rand_like", "uniform_", "native_dropout"})


def r164(evidence: Evidence) -> Iterator[Hit]:
    """A view mixes axes where a permutation is meant."""
    for trial in evidence.finished[:2]:
        for op in Tracks(trial.flow).scrambled:
            if op.frames and op.frames[0].file in evidence.files and evidence.layer(op, trial) is None:
                shapes = trial.flow.shape(op.inputs[0]), trial.flow.shape(op.outputs[0])
                yield evidence.hit("R164", evidence.line_of(op), trial, given=shapes[0], got=shapes[1])
                return


def r165(evidence: Evidence) -> Iterator[Hit]:
    """Attention weights sum to one over another axis than the one that is summed up."""
    for trial in evidence.finished:
        flow = trial.eval_flow
        mixture = next(_mixtures(flow), None)
        if mixture is not None:
            yield evidence.hit("R165", evidence.line_of(mixture), trial)
            return
        for op in flow.ops:
            if op.name not in ("bmm", "mm", "matmul") or not flow.is_live(op):
                continue
            for value, axis in zip(op.inputs, (-1, -2), strict=False):
                softmax = _softmax_behind(flow, value)
                if softmax is not None and _sums_elsewhere(flow.tape.tensor[value], axis):
                    yield evidence.hit("R165", evidence.line_of(softmax), trial)
                    return


def _mixtures(flow: Flow) -> Iterator[Op]:
    """Yield the softmax of each mixture Σ wᵢ·xᵢ, written as a sum or term by term, whose weights do not sum to one."""
    for op in flow.ops:
        if not flow.is_live(op):
            continue
        axes = op.arguments.get("dim") if op.name == "sum" else None
        if isinstance(axes, tuple) and op.inputs:
            product = flow.maker(op.inputs[0])
            for value in product.inputs if product is not None and product.name in SCALINGS else ():
                softmax, weights = _softmax_behind(flow, value), flow.tape.tensor[value]
                shape = flow.shape(op.inputs[0])
                if softmax is not None and all(shape[a] > 1 for a in axes):
                    total = weights.float().expand(shape).sum(axes)
                    if bool(((total - 1).abs() > 1e-3).any()) and weights.dim() == len(shape):
                        yield softmax
        elif op.name in ("add", "add_") and len(op.inputs) == 2:
            yield from _two_terms(flow, op)


def _two_terms(flow: Flow, op: Op) -> Iterator[Op]:
    """Yield the softmax behind w[0]·a + w[1]·b where w[0] + w[1] is not one."""
    found: list[tuple[Op, torch.Tensor]] = []
    for value in op.inputs:
        product = flow.maker(value)
        for factor in product.inputs if product is not None and product.name in SCALINGS else ():
            softmax = _softmax_behind(flow, factor, _PICKS)
            if softmax is not None:
                found.append((softmax, flow.tape.tensor[factor].float()))
    if len(found) == 2 and found[0][0] is found[1][0] and found[0][1].shape == found[1][1].shape:
        softmax, one = found[0]
        pieces = flow.tape.tensor[softmax.outputs[0]].numel() == 2 * one.numel()
        if pieces and bool(((one + found[1][1] - 1).abs() > 1e-3).any()):
            yield softmax


_PICKS = SAME | {"select", "slice", "split", "chunk", "unbind", "split_with_sizes", "narrow"}


def _softmax_behind(flow: Flow, value: int, through: frozenset[str] = SAME) -> Op | None:
    maker = flow.maker(value)
    while maker is not None and maker.name in through:
        maker = flow.maker(maker.inputs[0])
    return maker if maker is not None and maker.name == "_softmax" else None


def _sums_elsewhere(weights: torch.Tensor, axis: int) -> bool:
    """Tell weights that are a distribution over the other of the last two axes only."""
    other = -1 if axis == -2 else -2
    if weights.dim() < 2 or 1 in weights.shape[-2:]:
        return False
    return not _sums_to_one(weights, axis) and _sums_to_one(weights, other)


def _sums_to_one(weights: torch.Tensor, axis: int) -> bool:
    return bool(((weights.float().sum(axis) - 1).abs() < 1e-3).all())


def r166(evidence: Evidence) -> Iterator[Hit]:
    """A random mask drops whole images from the sum, so that the shortcut goes with the residual."""
    for unit in evidence.units:
        for join in unit.joins:
            op = _dropped_after(unit, join)
            if op is not None:
                outside = _outermost(evidence, unit.trial, op)
                what = "the sum is multiplied by one random number an image"
                yield evidence.hit("R166", outside or evidence.line_of(op), unit.trial, what=what)


def _dropped_after(unit: Unit, join: Join) -> Op | None:
    for op in after(unit.flow, join):
        if op.name in SCALINGS and any(_is_image_mask(unit, v) for v in op.inputs if v not in unit.flow.from_input):
            return op
        if op.name not in SCALINGS and op.name not in SAME:
            return None
    return None


def _is_image_mask(unit: Unit, value: int) -> bool:
    flow = unit.flow
    if flow.tape.tensor[value].numel() != unit.in_shape[0]:
        return False
    behind = flow.ancestors((value,))
    return any(op.name in _RANDOM and set(op.outputs) & behind for op in flow.ops)


def _outermost(evidence: Evidence, trial: Trial, op: Op) -> tuple[str, int] | None:
    """Return the line of the block's own forward that called a helper module such as DropPath."""
    frames = [f for f in op.frames if f.file in evidence.files and f.function == "forward"]
    return (frames[-1].file, frames[-1].line) if frames and not evidence.is_network else None
