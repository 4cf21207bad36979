"""Do the branches of training, folded into one layer for use, compute what they were trained to?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import Flow
from residua.check.evidence.places import Place
from residua.check.experiments.folds import broken_folds
from residua.check.rules.rule import Rule
from residua.check.run.randomness import gap_of_modes
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R242",
    severity="error",
    title="folded weights that compute something else",
    message="{target}: {what}, and that computes something else",
    evidence="relative difference {gap}, with norms and dropouts at rest before and after",
    fix="- {code}\n+ the kernel of this branch alone: for the identity, a 1 in the centre of channel i of filter i",
    source="Ding 2021 (RepVGG) §3.3",
    wrong="identity = torch.ones(c, c)[:, :, None, None]",
    right="identity = torch.eye(c)[:, :, None, None]",
    implies=("R102",),
    once=True,
)
def r242(evidence: Evidence) -> Iterator[Hit]:
    """A block folds branches, or norms, into a convolution, in eval mode or by a method, which differs from them."""
    for trial in evidence.finished[:1]:
        folded = _folded(trial) if trial.eval_tape.ops and trial.signal is not None else None
        gap = gap_of_modes(trial.module, trial.signal) if folded is not None and trial.signal is not None else None
        if folded is not None and gap is not None and gap > 1e-2:
            place = _wrong_term(evidence, trial, folded)
            yield evidence.hit("R242", place, trial, what=_IN_EVAL_MODE, gap=f"{gap:.2g}")
        for fold in broken_folds(trial):
            facts = {"target": fold.kind, "what": f"{fold.name}() folds it into fewer layers", "gap": f"{fold.gap:.2g}"}
            yield evidence.hit("R242", fold.place if fold.place[0] in evidence.files else None, trial, **facts)


_IN_EVAL_MODE = "in eval mode the branches are folded into one convolution"


def _folded(trial: Trial) -> Convolution | None:
    """Return the one convolution of eval mode whose weight is computed from weights of several of training."""
    flow, trained = trial.eval_flow, _weights_of(trial.flow)
    for op in flow.ops:
        if isinstance(op, Convolution) and op in flow.live_ops and flow.maker(op.weight) is not None:
            parts = _parameters(flow, op.weight) & set(trained)
            several = len(parts) > 1 or bool(parts and trial.joins)  # one, and the identity
            if several and parts.isdisjoint(_weights_of(flow)) and len(_terms(flow, op.weight)) > 1:
                return op
    return None


def _weights_of(flow: Flow) -> dict[str, Convolution]:
    """Return the convolutions that read a parameter as it is for their weight, by its name."""
    convs = [op for op in flow.ops if isinstance(op, Convolution) and op in flow.live_ops]
    return {name: op for op in convs if (name := flow.tape.leaf.get(op.weight, "")).startswith("param")}


_LIKE = frozenset({"zeros_like", "ones_like", "empty_like", "full_like", "new_zeros", "new_ones", "new_empty"})


def _parameters(flow: Flow, value: int) -> set[str]:
    """Return the parameters whose numbers a value is computed from; what only has their shape is not."""
    behind = flow.ancestors((value,))
    read = {each for op in flow.ops if op.name not in _LIKE and not behind.isdisjoint(op.outputs) for each in op.inputs}
    names = (flow.tape.leaf.get(each, "") for each in read | {value})
    return {name for name in names if name.startswith("param")}


def _terms(flow: Flow, value: int) -> list[int]:
    """Return the values that a sum adds, sums among them taken apart."""
    maker = flow.maker(value)
    if maker is None or maker.name not in ("add", "add_") or len(maker.inputs) != 2:
        return [value]
    return [term for each in maker.inputs for term in _terms(flow, each)]


def _wrong_term(evidence: Evidence, trial: Trial, folded: Convolution) -> Place | None:
    """Return the line that makes the first kernel of the sum that is not that of a branch; else the line of the sum.

    A kernel of no parameter stands for the identity, and is wrong from the line on that begins it. Behind a branch's
    norm its kernel is scaled: such branches are not compared.
    """
    flow, trained = trial.eval_flow, _weights_of(trial.flow)
    for term in _terms(flow, folded.weight):
        names = _parameters(flow, term)
        behind = flow.ancestors((term,))
        first = next((op for op in flow.ops if op.frames and not behind.isdisjoint(op.outputs)), None)
        if not names and first is not None and not _is_identity(flow.tape.tensor[term]):
            return evidence.line_of(first)
        own = trained.get(next(iter(names))) if len(names) == 1 else None
        maker = flow.maker(term)
        if own is not None and maker is not None and not _agree(trial, flow.tape.tensor[term], folded, own):
            return evidence.line_of(maker)
    last: Op | None = flow.maker(folded.weight)
    return evidence.line_of(last) if last is not None else evidence.line_of(folded)


def _is_identity(kernel: Tensor) -> bool:
    """Tell a kernel that gives back the map it reads."""
    centre = [side // 2 for side in kernel.shape[2:]]
    right = torch.zeros_like(kernel)
    for channel in range(min(kernel.shape[:2])):
        right[(channel, channel if kernel.shape[0] == kernel.shape[1] else 0, *centre)] = 1
    return torch.equal(kernel, right)


def _agree(trial: Trial, kernel: Tensor, folded: Convolution, own: Convolution) -> bool:
    """Tell whether a padded kernel does on a map what the weight of a branch does, of two dimensions alone."""
    weight, data = trial.flow.tape.tensor[own.weight].detach(), trial.eval_flow.tape.tensor[folded.data].detach()
    if len(own.kernel) != 2 or own.transposed or folded.transposed:
        return True
    one = F.conv2d(data, weight, None, own.stride, own.padding, own.dilation, own.groups)
    try:
        other = F.conv2d(data, kernel.detach(), None, folded.stride, folded.padding, folded.dilation, folded.groups)
    except RuntimeError:
        return False
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-3, atol=1e-4)
