"""Is everything that learns registered, so that it is trained, moved and saved?"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import CONVS, PRODUCTS, SCALINGS, Flow
from residua.check.run.trial import Trial
from residua.record.tape import Op


def r125(evidence: Evidence) -> Iterator[Hit]:
    """Layers sit in a plain list or dict, where nobody trains, moves or saves them."""
    trial = evidence.trials[0]
    known = {id(m) for m in trial.module.modules()}
    for module in trial.module.modules():
        for name, value in list(vars(module).items()):
            lost = [m for m in _modules_in(value) if id(m) not in known and any(True for _ in m.parameters())]
            if not lost:
                continue
            line = source.attribute_line(evidence.file, type(module).__name__, name)
            place = (evidence.file, line) if line else evidence.made_at(lost[0], trial)
            count = sum(p.numel() for m in lost for p in m.parameters())
            yield evidence.hit("R125", place, trial, name=name, kind=type(value).__name__, params=f"{count:,}")


def _modules_in(value: object) -> list[nn.Module]:
    if isinstance(value, nn.Module):
        return [value]
    if isinstance(value, dict):
        value = list(value.values()) if all(isinstance(k, (str, int, tuple)) for k in value) else []
    if isinstance(value, (list, tuple)):
        return [m for each in value for m in _modules_in(each)]
    return []


def r168(evidence: Evidence) -> Iterator[Hit]:
    """A tensor that should be a parameter is a plain attribute, or sits in a plain list."""
    trial = evidence.trials[0]
    known = {id(t) for t in (*trial.module.parameters(), *trial.module.buffers())}
    for module in trial.module.modules():
        for name, value in list(vars(module).items()):
            if name.startswith("_") and name in vars(nn.Module()):
                continue
            lost = [t for t in _tensors_in(value) if id(t) not in known and _should_learn(trial, t)]
            if lost:
                line = source.attribute_line(evidence.file, type(module).__name__, name)
                place = (evidence.file, line) if line else evidence.made_at(module, trial)
                count = sum(t.numel() for t in lost)
                yield evidence.hit("R168", place, trial, name=name, kind=type(value).__name__, params=f"{count:,}")


def r171(evidence: Evidence) -> Iterator[Hit]:
    """The residual is multiplied by a zero that nobody trains."""
    for unit in evidence.units:
        for join in unit.joins:
            for op in join.residual.ops:
                factor = _fixed_factor(unit, op)
                if factor is None:
                    continue
                if not bool(factor.detach().any()):
                    yield evidence.hit("R171", evidence.line_of(op), unit.trial)
                elif factor.numel() > 1 and not factor.requires_grad:
                    yield from _plain_scale(evidence, unit, factor)


def _plain_scale(evidence: Evidence, unit: Unit, factor: Tensor) -> Iterator[Hit]:
    """A scale a channel in a plain attribute: neither trained, nor moved with the module as a buffer would be."""
    trial = unit.trial
    registered = {t.untyped_storage()._cdata for t in (*trial.module.parameters(), *trial.module.buffers())}
    own = factor.untyped_storage()._cdata
    for module in trial.module.modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor) and value.untyped_storage()._cdata == own and own not in registered:
                line = source.attribute_line(evidence.file, type(module).__name__, name)
                place = (evidence.file, line) if line else evidence.made_at(module, trial)
                params = f"{value.numel():,}"
                yield evidence.hit("R168", place, trial, name=name, kind="Tensor", params=params)


def _fixed_factor(unit: Unit, op: Op) -> Tensor | None:
    """Return what a product multiplies with, when that is neither computed from the input nor learned."""
    if op.name not in SCALINGS or op.name.startswith("div"):
        return None
    flow = unit.flow
    frozen = {v for v in op.inputs if v in flow.tape.leaf and not flow.tape.tensor[v].requires_grad}
    other = [v for v in op.inputs if v not in flow.from_input and (v in frozen or v not in flow.from_weights)]
    random = [v for v in other if _is_drawn(flow, v)]
    return flow.tape.tensor[other[0]] if other and not random else None


def _is_drawn(flow: Flow, value: int) -> bool:
    behind = flow.ancestors((value,))
    return any(flow.maker(v) is not None for v in behind)


def _tensors_in(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [t for each in value for t in _tensors_in(each)]
    return []


def _should_learn(trial: Trial, tensor: Tensor) -> bool:
    """Tell tensors that ask for a gradient, and random ones that stand where weights do, from fixed filters."""
    if tensor.requires_grad:
        return True
    if not tensor.is_floating_point() or tensor.dim() < 2 or tensor.unique().numel() <= tensor.numel() // 2:
        return False
    storage = tensor.untyped_storage()._cdata
    weights = [op.inputs[1:3] for op in trial.tape.ops if op.name in CONVS or op.name in PRODUCTS]
    return any(trial.tape.tensor[v].untyped_storage()._cdata == storage for values in weights for v in values)
