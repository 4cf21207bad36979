"""Do the norms start with the scales, and average over the batches, with which a network learns?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ACTIVATIONS, NORMS, SAME, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.evidence.written import line_with_number, norm_initialising_line
from residua.check.rules.hand_over import call_of, called_name
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R180",
    severity="warning",
    title="batch norm keeps almost nothing of its running statistics",
    message=(
        "{target}: with momentum={momentum} the last batch makes up {share} of the running statistics; Keras's "
        "{momentum} is torch's {right}"
    ),
    evidence="{count} batch norms have momentum={momentum}",
    fix="- {code}\n+ momentum={right}",
    source="torch.nn.BatchNorm2d: x̂_new = (1 − momentum) × x̂ + momentum × x_t",
    wrong="nn.BatchNorm2d(64, momentum=0.9)",
    right="nn.BatchNorm2d(64, momentum=0.1)",
    once=True,
)
def r180(evidence: Evidence) -> Iterator[Hit]:
    """Batch norm has the momentum of another framework, which counts what stays instead of what is new."""
    trial = evidence.trials[0]
    # torch's own is 0.1, the largest of the published networks known to us 0.1 too, schedules that anneal begin with
    # 0.5 at most; statistics that are not kept have no momentum.
    found = [
        module
        for module in trial.module.modules()
        if isinstance(module, _BatchNorm) and module.track_running_stats and (module.momentum or 0) >= 0.5
    ]
    if found:
        momentum = float(found[0].momentum or 0)
        line = line_with_number(evidence.file, momentum, "momentum")
        place = (evidence.file, line) if line is not None else evidence.made_at(found[0], trial, "momentum")
        facts: dict[str, Any] = {
            "momentum": f"{momentum:g}",
            "share": f"{momentum:.1%}",
            "right": f"{1 - momentum:.3g}",
        }
        yield evidence.hit("R180", place, trial, None, count=len(found), **facts)


@partial(
    Rule,
    code="R238",
    severity="warning",
    title="a norm whose eps is as large as a variance",
    message=(
        "{target}: with eps={eps} the norm hardly divides by the deviation of small values; torch's is 1e-5, and the "
        "second number of a batch norm is eps, not momentum"
    ),
    evidence="{count} norms have eps={eps}",
    fix="- {code}\n+ momentum={eps}",
    source="torch.nn.BatchNorm2d(num_features, eps=1e-05, momentum=0.1)",
    wrong="nn.BatchNorm2d(64, 0.8)",
    right="nn.BatchNorm2d(64, momentum=0.2)",
    once=True,
)
def r238(evidence: Evidence) -> Iterator[Hit]:
    """A norm's eps is a number that was meant as its momentum, or one without an exponent."""
    trial = evidence.trials[0]
    # 1e-3 is that of TensorFlow and EfficientNet, the largest of published networks that is known to us.
    found = [
        module
        for module in trial.module.modules()
        if isinstance(module, (_BatchNorm, nn.GroupNorm, nn.LayerNorm))
        and isinstance(module.eps, float)
        and module.eps >= _LARGE
    ]
    for norm in found[:1]:
        place = evidence.made_at(norm, trial)
        if place is not None and _is_nameless(norm, place):
            yield evidence.hit("R238", place, trial, eps=f"{float(norm.eps):g}", count=len(found))


def _is_nameless(norm: nn.Module, place: Place) -> bool:
    """Tell an eps that is written by its place among the arguments: by its name it is meant."""
    statement, index = source.innermost(*place), 2 if isinstance(norm, nn.GroupNorm) else 1
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    lines = [each for each in calls if each.lineno <= place[1] <= (each.end_lineno or each.lineno)]
    values = [each.args[index] for each in lines if called_name(each) == type(norm).__name__ and len(each.args) > index]
    return any("eps" not in ast.unparse(value).lower() for value in values)


_LARGE = 0.1


@partial(
    Rule,
    code="R181",
    severity="warning",
    title="norms start with scales near zero",
    message=(
        "{target}: {count} of {total} norms start with scales of {size}; what they pass on, and every gradient through "
        "them, shrinks as much"
    ),
    evidence="{count} of {total} norms before another layer: scales of {size}, where 1 is usual",
    fix="- {code}\n+ nn.init.ones_(norm.weight); draw the weights of convolutions only",
    source="Ioffe 2015 §3: γ = 1 gives back the normalised value; Goyal 2017 §5.1 for the residual's last norm",
    wrong="for p in self.parameters(): nn.init.normal_(p, 0, 0.01)",
    right="for m in self.modules():\n    if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight)",
    implies=("R128", "R144", "R145", "R162", "R163", "R172"),
    once=True,
)
def r181(evidence: Evidence) -> Iterator[Hit]:
    """Scales of norms are drawn near zero, elsewhere than at the end of a residual, where zero is a published start."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        norms = [op for op in flow.ops if op.name in NORMS and len(op.inputs) > 1 and op in flow.live_ops]
        learned = flow.from_weights | _leaves(trial)
        # those of other values standardise weights, as in NFNet
        of_data = (op for op in norms if op.inputs[0] in flow.from_input and op.inputs[1] in learned)
        inner = [op for op in of_data if not _ends_a_residual(flow, op)]
        small = [op for op in inner if _near_zero(trial.tape.tensor[op.inputs[1]])]
        if small:
            size = float(trial.tape.tensor[small[0].inputs[1]].detach().abs().mean())
            facts: dict[str, Any] = {"size": f"{size:.1g}", "count": len(small), "total": len(inner)}
            yield evidence.hit("R181", _drawn_at(evidence, trial, small[0]), trial, None if size else "error", **facts)


def _leaves(trial: Trial) -> set[int]:
    return {value for value, name in trial.tape.leaf.items() if name.startswith("param")}


def _ends_a_residual(flow: Flow, norm: Op) -> bool:
    """Tell a norm whose result goes into a sum with nothing but scales on the way: zero there starts a block as x."""
    value = norm.outputs[0]
    while True:
        users = [op for op in flow.users(value) if op in flow.live_ops and op.outputs[0] != value]
        if any(op in flow.additions for op in users):
            return True
        through = SAME | SCALINGS | {"native_dropout"}  # what pools the value for its own gate goes another way
        carrying = [op for op in users if op.name in through and value in flow.carriers(op)]
        if len(carrying) != 1:
            return False
        value = carrying[0].outputs[0]


def _near_zero(scales: torch.Tensor) -> bool:
    """Tell scales that are 0, or drawn around it; batch-normalised recurrence starts with 0.1 (Cooijmans 2017)."""
    data = scales.detach().float()
    if data.numel() < 4 or not scales.is_floating_point():
        return False
    size = float(data.abs().mean())
    return size < 0.05 or (size < 0.2 and float(data.min()) < 0 < float(data.max()))


def _drawn_at(evidence: Evidence, trial: Trial, norm: Op) -> Place | None:
    """Return the line that fills the scales: below a test for norms, else for all parameters, else the constructor."""
    classes = {type(part).__name__ for part in trial.module.modules()}
    line = norm_initialising_line(evidence.file, trial.path_of(norm).rpartition(".")[2], classes)
    if line is not None:
        return evidence.file, line
    module = evidence.layer(norm, trial)
    made = evidence.made_at(module, trial) if isinstance(module, nn.Module) else None
    return made or evidence.line_of(norm)


@partial(
    Rule,
    code="R213",
    severity="error",
    title="a layer norm over positions instead of channels",
    message="{target}: {name} normalises the last axis, which holds positions, and was made for {channels} channels",
    evidence="it was given the map of {layer}, {shape}, as it is; another length than {channels} would fail",
    fix="- {code}\n+ h = self.norm(h.transpose(1, 2)).transpose(1, 2)",
    source="torch.nn.LayerNorm(normalized_shape); Ba 2016 §3",
    wrong="h = self.norm(self.conv(x))      # nn.LayerNorm(channels), x is (batch, channels, length)",
    right="h = self.norm(self.conv(x).transpose(1, 2)).transpose(1, 2)",
    implies=("R161", "R154"),
    once=True,
)
def r213(evidence: Evidence) -> Iterator[Hit]:
    """A layer norm made for the channels of a convolution is given that convolution's map with the channels second."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        for op in flow.ops:
            norm = evidence.layer(op, trial) if op.name == "native_layer_norm" else None
            before = flow.maker(op.inputs[0]) if isinstance(norm, nn.LayerNorm) else None
            while before is not None and before.name in ACTIVATIONS:
                before = flow.maker(before.inputs[0])
            if norm is None or not isinstance(before, Convolution) or not _says_the_same(evidence, trial, norm, before):
                continue
            shape = flow.shapes[op.inputs[0]]
            facts: dict[str, Any] = {"name": trial.path_of(op), "channels": shape[1], "shape": shape}
            yield evidence.hit("R213", evidence.line_of(op), trial, layer=trial.path_of(before), **facts)


def _says_the_same(evidence: Evidence, trial: Trial, norm: nn.Module, before: Convolution) -> bool:
    """Tell a norm over as many values as a convolution makes channels, by the same word in both constructors."""
    layer = evidence.layer(before, trial)
    shape: tuple[int, ...] = tuple(getattr(norm, "normalized_shape", ()))
    if layer is None or len(shape) != 1 or shape[0] != getattr(layer, "out_channels", 0):
        return False
    places = [(evidence.made_inside(each, trial), type(each).__name__) for each in (norm, layer)]
    calls = [call_of(*place, kind) for place, kind in places if place is not None]
    words = [[ast.unparse(each) for each in call.args] for call in calls if call is not None]
    return len(words) == 2 and bool(words[0]) and words[0][0] in words[1][1:2]
