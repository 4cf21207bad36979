"""Is everything that learns registered, so that it is trained, moved and saved?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import CONVS, PRODUCTS, SCALINGS, Flow
from residua.check.evidence.places import Place, first_frame, outside_of
from residua.check.evidence.written import same_key_again
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R125",
    severity="error",
    title="layers in a plain list or dict",
    message="{target}: self.{name} is a plain {kind}: its {params} parameters are not trained, moved or saved",
    evidence="{params} parameters are missing from parameters()",
    fix="- {code}\n+ self.{name} = nn.ModuleList([...])",
    source="pytorch/pytorch#715",
    wrong="self.convs = [nn.Conv2d(64, 64, 3, padding=1) for _ in range(2)]",
    right="self.convs = nn.ModuleList(nn.Conv2d(64, 64, 3, padding=1) for _ in range(2))",
    implies=("R126", "R144", "R147", "R158"),
)
def r125(evidence: Evidence) -> Iterator[Hit]:
    """Layers sit in a plain list or dict, where nobody trains, moves or saves them."""
    trial = evidence.trials[0]
    known = {id(tensor) for tensor in trial.module.parameters()}  # also those that an nn.ParameterList holds beside it
    for module in trial.module.modules():
        for name, value in list(vars(module).items()):
            lost = [each for each in modules_in(value) if any(id(tensor) not in known for tensor in each.parameters())]
            if not lost:
                continue
            line = source.attribute_line(evidence.file, type(module).__name__, name)
            place = (evidence.file, line) if line else evidence.made_at(lost[0], trial)
            count = sum(parameter.numel() for module in lost for parameter in module.parameters())
            yield evidence.hit("R125", place, trial, name=name, kind=type(value).__name__, params=f"{count:,}")


def modules_in(value: object) -> list[nn.Module]:
    """Return the modules in a value: one itself, or those in lists and dicts."""
    if isinstance(value, nn.Module):
        return [value]
    if isinstance(value, dict):
        value = list(value.values()) if all(isinstance(key, (str, int, tuple)) for key in value) else []
    if isinstance(value, (list, tuple)):
        return [module for each in value for module in modules_in(each)]
    return []


@partial(
    Rule,
    code="R158",
    severity="error",
    title="a layer is constructed inside forward",
    message="{target}: this {layer} is constructed in forward; its weights are random at each call and never trained",
    evidence="a layer that runs is not among the module's submodules",
    fix="- {code}\n+ construct the layer in __init__ and call it here",
    source="measured: parameters() does not hold its weights",
    wrong="x = nn.Conv2d(64, 128, 1)(x)",
    right="self.shortcut = nn.Conv2d(64, 128, 1)  # in __init__",
    implies=("R146", "R218"),
)
def r158(evidence: Evidence) -> Iterator[Hit]:
    """A layer with weights is constructed inside forward: new random weights at each call, which nobody trains."""
    for trial in evidence.finished:
        known = {id(module) for module in trial.module.modules()}
        for call in trial.tape.calls[1:]:
            if id(call.module) in known or not any(True for _ in call.module.parameters()):
                continue
            kind, called = type(call.module).__name__, first_frame(call.frames, evidence.files)
            place = _made_before(kind, called) if called is not None else None
            if place is not None:
                yield evidence.hit("R158", place, trial, layer=kind)


def _made_before(kind: str, called: Place) -> Place | None:
    """Return the line, in the function that calls a layer, by which it makes one of that kind; in no constructor."""
    function = source.function_at(*called)
    if function is None or function.name == "__init__":
        return None
    lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    made = [line for line in lines if f"{kind}(" in source.text_of(called[0], line)]
    before = [line for line in made if line <= called[1]]
    return (called[0], (before or made)[-1]) if made else None


@partial(
    Rule,
    code="R168",
    severity="error",
    title="weights in a plain tensor, which nobody trains",
    message="{target}: self.{name} is a plain {kind}: its {params} weights are not trained, moved or saved",
    evidence="{params} weights are missing from parameters()",
    fix="- {code}\n+ nn.Parameter(...), in an nn.ParameterList where there are several",
    source="measured: parameters() does not hold them",
    wrong="self.weight = torch.randn(64, 64, 3, 3)",
    right="self.weight = nn.Parameter(torch.randn(64, 64, 3, 3))",
    implies=("R127", "R144", "R218"),
)
def r168(evidence: Evidence) -> Iterator[Hit]:
    """A tensor that should be a parameter is a plain attribute, or sits in a plain list."""
    trial = evidence.trials[0]
    known = {id(tensor) for tensor in (*trial.module.parameters(), *trial.module.buffers())}
    for module in trial.module.modules():
        for name, value in list(vars(module).items()):
            if (name.startswith("_") and name in vars(nn.Module())) or _is_derived(module, name):
                continue
            lost = [tensor for tensor in _tensors_in(value) if id(tensor) not in known and _should_learn(trial, tensor)]
            if lost:
                line = source.attribute_line(evidence.file, type(module).__name__, name)
                place = (evidence.file, line) if line else evidence.made_at(module, trial)
                count = sum(tensor.numel() for tensor in lost)
                yield evidence.hit("R168", place, trial, name=name, kind=type(value).__name__, params=f"{count:,}")


def _is_derived(module: nn.Module, name: str) -> bool:
    """Tell a weight that weight or spectral normalisation computes anew from parameters at each call."""
    return any(f"{name}_{suffix}" in module._parameters for suffix in ("g", "v", "orig"))


def _tensors_in(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for each in value for tensor in _tensors_in(each)]
    return []


def _should_learn(trial: Trial, tensor: Tensor) -> bool:
    """Tell tensors that ask for a gradient, and random ones that stand where weights do, from fixed filters."""
    if tensor.requires_grad:
        return not _is_computed(trial, tensor)
    # A filter repeats a handful of values. Not every random value is distinct: float32 has some of 36,864 twice, as
    # tests/check/planted/R168/raw_weight shows.
    if not tensor.is_floating_point() or tensor.dim() < 2 or tensor.unique().numel() <= tensor.numel() // 2:
        return False
    storage = tensor.untyped_storage()._cdata
    weights = [op.inputs[1:3] for op in trial.tape.ops if op.name in CONVS or op.name in PRODUCTS]
    return any(trial.tape.tensor[value].untyped_storage()._cdata == storage for values in weights for value in values)


def _is_computed(trial: Trial, tensor: Tensor) -> bool:
    """Tell what forward computed from registered parameters and kept, such as an average of its results."""
    registered = {id(parameter) for parameter in trial.module.parameters()}
    seen, fresh = set[Any](), [tensor.grad_fn] if tensor.grad_fn is not None else []
    while fresh:
        node = fresh.pop()
        if id(getattr(node, "variable", None)) in registered:
            return True
        further = [each for each, _ in node.next_functions if each is not None and each not in seen]
        seen.update(further)
        fresh += further
    return False


@partial(
    Rule,
    code="R171",
    severity="error",
    title="the residual is multiplied by a zero that nobody trains",
    message="{target}: the residual is multiplied by a constant zero, so it never takes part",
    evidence="the factor is zero and not among parameters()",
    fix="- {code}\n+ self.scale = nn.Parameter(torch.zeros(1))",
    source="De & Smith 2020 (SkipInit): the scalar is learned",
    wrong="self.scale = torch.zeros(1)",
    right="self.scale = nn.Parameter(torch.zeros(1))",
    implies=("R127", "R155", "R168", "R172", "R218"),
)
def r171(evidence: Evidence) -> Iterator[Hit]:
    """The residual is multiplied by a zero that nobody trains."""
    for unit in evidence.units:
        for join in unit.joins:
            for op in join.residual.ops:
                factor = _fixed_factor(unit, op)
                if factor is None:
                    continue
                if not bool(factor.detach().any()):
                    yield evidence.hit("R171", _set_at(evidence, unit, factor) or evidence.line_of(op), unit.trial)
                elif factor.numel() > 1 and not factor.requires_grad:
                    yield from _plain_scale(evidence, unit, factor)


def _set_at(evidence: Evidence, unit: Unit, factor: Tensor) -> Place | None:
    """Return the line that assigns a tensor to an attribute; None for a buffer, and for what is made in forward."""
    for module in unit.trial.module.modules():
        held = {**vars(module), **module._parameters}
        for name, value in held.items():
            if isinstance(value, Tensor) and value.data_ptr() == factor.data_ptr():
                line = source.attribute_line(evidence.file, type(module).__name__, name)
                return (evidence.file, line) if line is not None else None
    return None


def _fixed_factor(unit: Unit, op: Op) -> Tensor | None:
    """Return what a product multiplies with, when that is neither computed from the input nor learned."""
    if op.name not in SCALINGS or op.name.startswith("div"):
        return None
    flow = unit.flow
    frozen = {value for value in op.inputs if value in flow.tape.leaf and not flow.tape.tensor[value].requires_grad}
    other = [
        value
        for value in op.inputs
        if value not in flow.from_input and (value in frozen or value not in flow.from_weights)
    ]
    random = [value for value in other if _is_drawn(flow, value)]
    return flow.tape.tensor[other[0]] if other and not random else None


def _is_drawn(flow: Flow, value: int) -> bool:
    behind = flow.ancestors((value,))
    return any(flow.maker(value) is not None for value in behind)


def _plain_scale(evidence: Evidence, unit: Unit, factor: Tensor) -> Iterator[Hit]:
    """A scale a channel in a plain attribute: neither trained, nor moved with the module as a buffer would be."""
    trial = unit.trial
    registered = {tensor.untyped_storage()._cdata for tensor in (*trial.module.parameters(), *trial.module.buffers())}
    own = factor.untyped_storage()._cdata
    for module in trial.module.modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor) and value.untyped_storage()._cdata == own and own not in registered:
                line = source.attribute_line(evidence.file, type(module).__name__, name)
                place = (evidence.file, line) if line else evidence.made_at(module, trial)
                params = f"{value.numel():,}"
                yield evidence.hit("R168", place, trial, name=name, kind="Tensor", params=params)


@partial(
    Rule,
    code="R177",
    severity="error",
    title="modules of a loop replace one another",
    message="{target}: {made} modules are made here one after another, and {kept} of them kept",
    evidence="{made} constructed, {kept} among modules()",
    fix="- {code}\n+ a key, or an attribute, of its own for each",
    source="measured: modules() does not hold them",
    wrong='for i in range(depth): layers["block"] = Block(width)',
    right='for i in range(depth): layers[f"block{{i}}"] = Block(width)',
    implies=("R106", "R114", "R140", "R141", "R154", "R161"),
)
def r177(evidence: Evidence) -> Iterator[Hit]:
    """Of the modules that one line makes in a loop, or that are written under one key, not all are kept."""
    trial = evidence.trials[0]
    if trial.built is None:
        return
    kept = {id(module) for module in trial.module.modules()}
    places: dict[Place, list[bool]] = {}
    for module in trial.built.made:
        sites = outside_of(module, trial.sites(module))
        if sites and sites[0].file in evidence.files and next(module.parameters(), None) is not None:
            places.setdefault(sites[0].place, []).append(id(module) in kept)
    for place, left in places.items():
        if len(left) > 1 and left[-1] and not all(left) and source.in_loop(*place):
            yield evidence.hit("R177", place, trial, made=len(left), kept=sum(left))
            return
    for (file, line), left in places.items():
        again = None if any(left) else same_key_again(file, line)
        if again is not None and any(places.get((file, again), ())):
            yield evidence.hit("R177", (file, again), trial, made=2, kept=1)
            return
