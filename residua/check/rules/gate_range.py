"""Can a gate close, and is each layer of a contraction held to its bound?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torch import nn

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import SAME
from residua.check.evidence.joins import is_relu
from residua.check.rules.rule import Rule
from residua.check.run.inverses import INVERSE_METHODS
from residua.check.run.trial import Trial


@partial(
    Rule,
    code="R244",
    severity="warning",
    title="a gate that never closes",
    message="{target}: the sigmoid reads the result of a ReLU: this gate never falls below one half",
    evidence="the least value of the gate, measured: {least}",
    fix="- {code}\n+ the same line without the ReLU in front of the sigmoid",
    source="Hu 2018 eq. 3 (SE-Net): the second layer goes straight into the sigmoid",
    wrong="w = F.relu(self.fc2(w)); return x * torch.sigmoid(w)",
    right="w = self.fc2(w); return x * torch.sigmoid(w)",
    once=True,
)
def r244(evidence: Evidence) -> Iterator[Hit]:
    """A ReLU stands between the layer that makes a gate and its sigmoid."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        for op in flow.ops:
            if op.name not in ("sigmoid", "sigmoid_") or op not in flow.live_ops or not op.inputs:
                continue
            value = op.inputs[0]
            maker = flow.maker(value)
            while maker is not None and maker.name in SAME and maker.inputs:
                maker = flow.maker(maker.inputs[0])
            scales = any(user.name in ("mul", "mul_") for user in flow.users(op.outputs[0]))
            if maker is not None and is_relu(maker) and (scales or flow.is_gate(op.outputs[0])):
                least = float(flow.tape.tensor[op.outputs[0]].detach().min())
                yield evidence.hit("R244", evidence.op_place(maker, trial), trial, least=f"{least:.2g}")


@partial(
    Rule,
    code="R245",
    severity="warning",
    title="one layer of a contraction has no bound",
    message="{target}: {layer} has no spectral norm, which {others} other layers of this residual have",
    evidence="{layer}.weight is not reparametrised",
    fix="- {code}\n+ spectral_norm(…) around this layer too",
    source="Behrmann 2019 (i-ResNet) §2: x + g(x) is invertible where g is a contraction, layer by layer",
    wrong="g = Sequential(spectral_norm(Linear(2, 64)), act, Linear(64, 2))",
    right="g = Sequential(spectral_norm(Linear(2, 64)), act, spectral_norm(Linear(64, 2)))",
    once=True,
)
def r245(evidence: Evidence) -> Iterator[Hit]:
    """A residual that is inverted by iteration has a layer without the spectral norm of the others."""
    for trial in evidence.finished[:1]:
        kinds = {type(module) for module in trial.module.modules()}
        if not any(hasattr(kind, name) for kind in kinds for name in INVERSE_METHODS):
            continue
        for join in trial.joins:
            layers = [evidence.layer(op, trial) for op in join.residual.weighted]
            plain = [layer for layer in layers if layer is not None and not _is_bounded(layer)]
            bounded = [layer for layer in layers if layer is not None and _is_bounded(layer)]
            if len(plain) == 1 and bounded:
                place = evidence.made_at(plain[0], trial)
                yield evidence.hit("R245", place, trial, layer=_path(trial, plain[0]), others=len(bounded))


def _is_bounded(layer: nn.Module) -> bool:
    """Tell a layer under spectral norm, of torch's new or old way."""
    held = getattr(getattr(layer, "parametrizations", None), "weight", ())
    return any("SpectralNorm" in type(each).__name__ for each in held) or hasattr(layer, "weight_orig")


def _path(trial: Trial, layer: nn.Module) -> str:
    return next((name for name, each in trial.module.named_modules() if each is layer), "")
