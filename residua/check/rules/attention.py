"""Does an attention run over the tokens, and do its weights sum to one over what they weigh?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import NORMS, SAME, SCALINGS, Flow
from residua.check.evidence.written import makes_one_channel
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op

# Sums of weights in float32 are off by some 1e-7; with that, two attentions of tests/check are not found.
# From 1e-5 to 0.1 every finding there is the same.
_OFF_BY = 1e-3


@partial(
    Rule,
    code="R165",
    severity="warning",
    title="attention is normalised over the wrong axis",
    message="{target}: {what}",
    evidence="{how}",
    fix="- {code}\n+ {mend}",
    source="Vaswani 2017 §3.2",
    wrong="a = torch.softmax(q @ k, dim=1)",
    right="a = torch.softmax(q @ k, dim=-1)",
)
def r165(evidence: Evidence) -> Iterator[Hit]:
    """Attention weights sum to one over another axis than the one that is summed up, or over one value."""
    for trial in evidence.finished[:1]:
        for op in _of_one_value(evidence, trial):
            yield evidence.hit("R165", evidence.op_place(op, trial), trial, what=_ALONE, how=_ONE_CHANNEL, mend=_MEND)
            return
    for trial in evidence.finished:
        flow = trial.eval_flow
        mixture = next(_mixtures(flow), None)
        if mixture is not None:
            yield evidence.hit("R165", evidence.line_of(mixture), trial, what=_QUERIES, how=_SUMS, mend=_MEND)
            return
        for op in flow.ops:
            if op.name not in ("bmm", "mm", "matmul") or op not in flow.live_ops:
                continue
            for value, axis in zip(op.inputs, (-1, -2), strict=False):
                softmax = _softmax_behind(flow, value)
                if softmax is not None and _sums_elsewhere(flow.tape.tensor[value], axis):
                    turned = axis == -2 and _runs_over_the_last(flow, softmax) and softmax.index < op.index
                    facts = {"what": _TURNED, "mend": _TURN} if turned else {"what": _QUERIES, "mend": _MEND}
                    facts["how"] = _SUMS
                    if not _sums_to_one(flow.tape.tensor[value], -3 - axis):
                        turned, facts = False, {"what": _ELSEWHERE, "how": _SUMS_ELSEWHERE, "mend": _ALONG}
                    yield evidence.hit("R165", evidence.line_of(op if turned else softmax), trial, **facts)
                    return


def _runs_over_the_last(flow: Flow, softmax: Op) -> bool:
    """Tell the usual softmax over the keys: a product with the weights on its right has then to turn them."""
    return int(softmax.arguments.get("dim", -1)) in (-1, len(flow.shapes[softmax.inputs[0]]) - 1)


_ELSEWHERE = "this softmax runs over another axis than the keys; the weights that are summed up do not add up to 1"
_SUMS_ELSEWHERE = "sums of the weights over the keys differ from 1, over another axis they are 1"
_ALONG = "softmax(..., dim=) of the axis of the keys"
_MEND, _TURN = "softmax(..., dim=-1)", "values @ weights.transpose(-2, -1)"
_QUERIES = "this softmax runs over the queries; the weights that are summed up do not add up to 1"
_TURNED = "this product sums up over the queries; the weights that are summed up do not add up to 1"
_SUMS = "sums of the weights over the keys differ from 1, over the queries they are 1"
_ALONE = "this softmax runs over the one channel of this map: its result is 1 everywhere, whatever comes in"
_ONE_CHANNEL = "the layer before it makes one channel, along which the softmax runs"


def _of_one_value(evidence: Evidence, trial: Trial) -> Iterator[Op]:
    """Yield each softmax along the channels of a map that a layer made with one channel, as its constructor writes."""
    flow = trial.eval_flow
    for op in flow.ops:
        shape = flow.shapes[op.inputs[0]] if op.name in ("_softmax", "_log_softmax") and op in flow.live_ops else ()
        if len(shape) < 3 or op.arguments["dim"] % len(shape) != 1 or shape[1] != 1 or max(shape[2:]) < 2:
            continue
        maker = flow.maker(op.inputs[0])
        while maker is not None and maker.name in NORMS:
            maker = flow.maker(maker.inputs[0])
        layer = evidence.layer(maker, trial) if isinstance(maker, Convolution) else None
        made = evidence.made_at(layer, trial, "channels") if layer is not None else None
        if made is not None and makes_one_channel(*made):
            yield op


def _mixtures(flow: Flow) -> Iterator[Op]:
    """Yield the softmax of each mixture Σ wᵢ·xᵢ, written as a sum or term by term, whose weights do not sum to one."""
    for op in flow.ops:
        if op not in flow.live_ops:
            continue
        axes = op.arguments.get("dim") if op.name == "sum" else None
        if isinstance(axes, tuple) and op.inputs:
            product = flow.maker(op.inputs[0])
            for value in product.inputs if product is not None and product.name in SCALINGS else ():
                softmax, weights = _softmax_behind(flow, value), flow.tape.tensor[value]
                shape = flow.shapes[op.inputs[0]]
                if softmax is not None and all(shape[axis] > 1 for axis in axes):
                    total = weights.float().expand(shape).sum(axes)
                    if bool(((total - 1).abs() > _OFF_BY).any()) and weights.dim() == len(shape):
                        yield softmax
        elif op.name in ("add", "add_") and len(op.inputs) == 2:
            yield from _two_terms(flow, op)


def _softmax_behind(flow: Flow, value: int, through: frozenset[str] = SAME) -> Op | None:
    maker = flow.maker(value)
    while maker is not None and maker.name in through:
        maker = flow.maker(maker.inputs[0])
    return maker if maker is not None and maker.name == "_softmax" else None


_PICKS = SAME | {"select", "slice", "split", "chunk", "unbind", "split_with_sizes", "narrow"}


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
        if pieces and bool(((one + found[1][1] - 1).abs() > _OFF_BY).any()):
            yield softmax


def _sums_elsewhere(weights: torch.Tensor, axis: int) -> bool:
    """Tell weights that are a distribution over another axis only: of the last two, or that of the heads."""
    if weights.dim() < 2 or 1 in weights.shape[-2:] or _sums_to_one(weights, axis):
        return False
    others = [other for other in range(-weights.dim(), 0) if other != axis and weights.shape[other] > 1]
    return any(_sums_to_one(weights, other) for other in others)


def _sums_to_one(weights: torch.Tensor, axis: int) -> bool:
    return bool(((weights.float().sum(axis) - 1).abs() < _OFF_BY).all())


@partial(
    Rule,
    code="R210",
    severity="error",
    title="attention or recurrence over the images of the batch",
    message="{target}: this {layer} runs along the first axis, and was given (batch, length, features) = {shape}",
    evidence="made without batch_first=True, which takes (length, batch, features)",
    fix="- {code}\n+ batch_first=True",
    source="torch.nn.MultiheadAttention(batch_first=False)",
    wrong="self.attn = nn.MultiheadAttention(dim, heads)      # x is (batch, tokens, dim)",
    right="self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)",
    implies=("R147", "R172"),
)
def r210(evidence: Evidence) -> Iterator[Hit]:
    """Attention that takes the length first is given the batch first: it mixes images instead of tokens."""
    for trial in evidence.finished[:1]:
        for layer, shape in _over_images(evidence, trial):
            place = evidence.made_at(layer, trial)
            yield evidence.hit("R210", place, trial, layer=type(layer).__name__, shape=shape)


_LENGTH_FIRST = (nn.MultiheadAttention, nn.RNNBase)


def _over_images(evidence: Evidence, trial: Trial) -> Iterator[tuple[nn.Module, tuple[int, ...]]]:
    """Yield the layers along the first axis that were given the images there.

    Which axis the images are is certain where maps of them come in, or where the class that calls the layer says so.
    Attention along a batch of one token an image is meant, as in BatchFormer.
    """
    seen: set[int] = set()
    for call in trial.tape.calls:
        if not isinstance(call.module, _LENGTH_FIRST) or call.module.batch_first or id(call.module) in seen:
            continue
        shape = trial.tape.shape[call.inputs[0]] if call.inputs else ()
        owners = (type(trial.tape.calls[index].module).__name__ for index in _around(trial, call.parent))
        certain = len(trial.in_shape) == 4 or any(says_batch_first(evidence.file, owner) for owner in owners)
        if certain and len(shape) == 3 and shape[0] == trial.in_shape[0] and 1 < shape[1] != shape[0]:
            seen.add(id(call.module))
            yield call.module, shape


def _around(trial: Trial, index: int | None) -> Iterator[int]:
    """Yield a call and those around it, the innermost first."""
    while index is not None:
        yield index
        index = trial.tape.calls[index].parent


_BATCH_FIRST = re.compile(
    r"[(\[]\s*(b|bs|batch\w*)\s*,\s*(n|t|l|s|seq\w*|len\w*|time\w*|steps|((num|n)_)?(tokens?|patches|words|frames))\b[^,]*,"
    r"|\b(b|bs|batch\w*)\s*,\s*(n|t|l|s|seq\w*|tokens?|len\w*|_)\s*,\s*\w+\s*=\s*\w+\.(shape|size\(\))",
    re.I,
)


def says_batch_first(file: str, class_name: str) -> bool:
    """Tell whether a class itself calls its first axis the batch: in a docstring, a comment, or an unpacking."""
    return bool(_BATCH_FIRST.search(source.class_text(file, class_name)))
