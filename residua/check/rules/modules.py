"""Are the layers that the block owns each used once, registered, and worth their parameters?"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, first_frame
from residua.check.evidence.flow import CONVS, NORMS
from residua.check.evidence.joins import find_joins
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op
from residua.targets.sites import Site

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_QUIET = (
    nn.Identity,
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.Dropout,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.ParameterList,
)


def r121(evidence: Evidence) -> Iterator[Hit]:
    """One batch norm, or one convolution, serves two places."""
    for trial in evidence.finished:
        yield from _one_for_another(evidence, trial)
        for path, ops in _uses(trial).items():
            if len(ops) < 2 or "batch_norm" not in ops[0].name:
                continue
            before = [_weights_before(trial, op) for op in ops]
            if len({b for b in before if b is not None}) < 2:
                continue
            name = path.removesuffix(".weight")
            yield evidence.hit("R121", evidence.line_of(ops[1]), trial, name=name, uses=len(ops))


def _one_for_another(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """One layer runs twice while another of the same shape never runs: the second use means the other."""
    used = _used_parameters(trial)
    parameters = dict(trial.module.named_parameters())
    idle = [n for n, p in parameters.items() if n not in used and n.endswith("weight")]
    for path, ops in _uses(trial).items():
        twin = next((n for n in idle if path in parameters and parameters[n].shape == parameters[path].shape), None)
        if len(ops) > 1 and twin is not None:
            facts: dict[str, Any] = {"name": path.removesuffix(".weight"), "uses": len(ops)}
            alike = [n for n in idle if parameters[n].shape == parameters[path].shape]
            before = len(alike) == 1 and list(parameters).index(twin) < list(parameters).index(path)
            yield evidence.hit("R121", evidence.line_of(ops[0 if before else 1]), trial, **facts)


def _uses(trial: Trial) -> dict[str, list[Op]]:
    found: dict[str, list[Op]] = {}
    for op in trial.flow.ops:
        if op.name in CONVS or op.name in NORMS:
            for value in op.inputs[1:2]:
                name = trial.tape.leaf.get(value, "")
                if name.startswith("param:"):
                    found.setdefault(name.partition(":")[2], []).append(op)
    return found


def _weights_before(trial: Trial, op: Op) -> int | None:
    maker = trial.flow.maker(op.inputs[0])
    return trial.flow.weight_of(maker) if maker is not None and trial.flow.weighted(maker) else None


def r122(evidence: Evidence) -> Iterator[Hit]:
    """One instance of a block stands several times in a list."""
    trial = evidence.trials[0]
    for path, module in trial.module.named_modules():
        if not isinstance(module, (nn.Sequential, nn.ModuleList)):
            continue
        counts = Counter(
            id(child)
            for child in module._modules.values()
            if child is not None and any(True for _ in child.parameters())
        )
        worst = max(counts.values(), default=1)
        if worst > 1:
            line = source.repeated_list_line(evidence.file)
            place = (evidence.file, line) if line else evidence.made_at(module, trial)
            yield evidence.hit("R122", place, trial, count=worst, path=path or evidence.class_name)

    if not any(True for _ in r123(evidence)):
        yield from _under_two_names(evidence, trial)


def _under_two_names(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """One layer with weights stands in several items of one list, and runs once for each."""
    calls = Counter(id(c.module) for c in trial.tape.calls)
    paths: dict[int, list[str]] = {}
    for path, module in trial.module.named_modules(remove_duplicate=False):
        if list(module.parameters(recurse=False)) and calls[id(module)] > 1:
            paths.setdefault(id(module), []).append(path)
    for found in paths.values():
        items = {tuple(p for p in path.split(".") if p.isdigit()) for path in found}
        outer = {path.split(".")[0] for path in found}
        if len(items) > 1 and len(outer) == 1 and min(len(i) for i in items) > 1:
            module = trial.module.get_submodule(found[0].rpartition(".")[0])
            yield evidence.hit("R122", evidence.made_at(module, trial), trial, count=len(found), path=found[0])
            return


def r123(evidence: Evidence) -> Iterator[Hit]:
    """One projection serves several blocks."""
    for trial in evidence.finished if evidence.is_network else ():
        shortcuts: dict[int, list[tuple[int, Op]]] = {}
        for unit in evidence.units:
            assert unit.call is not None
            for join in unit.joins:
                for op in join.shortcut.weighted:
                    weight = unit.flow.weight_of(op)
                    if weight is not None and unit.trial is trial:
                        shortcuts.setdefault(weight, []).append((id(unit.call.module), op))
        for uses in shortcuts.values():
            if len({module for module, _ in uses}) > 1:
                place = evidence.layer_place(uses[0][1], trial)
                yield evidence.hit("R123", place, trial, count=len(uses))


def r124(evidence: Evidence) -> Iterator[Hit]:
    """One activation module is called several times."""
    for trial in evidence.finished[:1]:
        calls = Counter(
            c.module for c in trial.tape.calls if isinstance(c.module, (nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU))
        )
        for module, count in calls.items():
            if count > 1 and not evidence.is_network:
                yield evidence.hit("R124", evidence.made_at(module, trial), trial, count=count)
                return


def r126(evidence: Evidence) -> Iterator[Hit]:
    """A layer is made and never used."""
    used_somewhere = {n for t in evidence.finished for n in _used_parameters(t)}
    if any(not t.ran for t in evidence.trials) and not evidence.same:
        return
    seen: set[str] = set()
    for trial in evidence.finished:
        used = _used_parameters(trial)
        for path, module in trial.module.named_modules():
            names = [f"{path}.{n}" if path else n for n, p in module.named_parameters(recurse=False) if p.requires_grad]
            if not names or any(n in used for n in names) or path in seen:
                continue
            path, module = _whole_unused(trial.module, path, used)
            if path in seen:
                continue
            seen |= {path, *(f"{path}.{n}" for n, _ in module.named_modules() if n)}
            names = [f"{path}.{n}" if path else n for n, _ in module.named_parameters()]
            elsewhere = any(n in used_somewhere for n in names)
            large = any(p.dim() > 1 or isinstance(module, _BATCH_NORMS) for p in module.parameters())
            severity = "note" if elsewhere or not large or _has_optional_input(trial.module) else None
            made = _apart(evidence, trial, module, used) if path else None
            yield evidence.hit("R126", made, trial, severity, name=path or ", ".join(names))
    yield from _idle(evidence)


def _apart(evidence: Evidence, trial: Trial, module: nn.Module, used: set[str]) -> Place | None:
    """Return the innermost line that made the unused module and none that is used: a helper makes them all."""
    sites = [s for s in trial.sites(module) if s.file in evidence.files]
    parts = dict(trial.module.named_modules())
    busy = {path.rpartition(".")[0] for path in used}
    taken = {site.place for path in busy for site in trial.sites(parts[path])[:1]}
    made = evidence.made_at(module, trial)
    helpers = [s for s in sites if s.function not in ("__init__", "<module>", "<listcomp>", "<genexpr>")]
    if not helpers or helpers[0] is not sites[0] or made != sites[0].place or not _made_twice(trial, sites[0], taken):
        return made
    outer = next((s for s in sites if s.function == "__init__"), None)
    return outer.place if outer is not None else made


def _made_twice(trial: Trial, site: Site, taken: set[Place]) -> bool:
    """Tell whether a site made another module, or stands in a function that made a used one."""
    assert trial.built is not None
    alike = [s for s in trial.built.sites.values() if s and s[0].place == site.place]
    return len(alike) > 1 or site.place in taken


def _whole_unused(root: nn.Module, path: str, used: set[str]) -> tuple[str, nn.Module]:
    """Return the outermost module around `path` of which nothing is used."""
    parts = path.split(".")
    for end in range(1, len(parts)):
        outer = root.get_submodule(".".join(parts[:end]))
        names = [".".join((*parts[:end], n)) for n, _ in outer.named_parameters()]
        if not any(n in used for n in names):
            return ".".join(parts[:end]), outer
    return path, root.get_submodule(path) if path else root


def _has_optional_input(module: nn.Module) -> bool:
    """A forward with an optional tensor (a time embedding, a mask) may own layers for it alone."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.default is None for p in parameters)


def _idle(evidence: Evidence) -> Iterator[Hit]:
    called = {id(c.module) for t in evidence.finished for c in t.tape.calls}
    for trial in evidence.finished[:1]:
        for path, module in trial.module.named_modules():
            if list(module.children()) or isinstance(module, _QUIET) or next(module.parameters(), None) is not None:
                continue
            if id(module) not in called and type(module).__module__.startswith("torch.nn.modules.activation"):
                yield evidence.hit("R126", evidence.made_at(module, trial), trial, "note", name=path)


def _used_parameters(trial: Trial) -> set[str]:
    found = set()
    for tape in (trial.tape, trial.eval_tape):
        read = {v for op in tape.ops for v in op.inputs}
        found |= {name.partition(":")[2] for v, name in tape.leaf.items() if name.startswith("param:") and v in read}
    aliases: dict[int, list[str]] = {}
    for name, parameter in trial.module.named_parameters(remove_duplicate=False):
        aliases.setdefault(id(parameter), []).append(name)
    return found | {n for names in aliases.values() if any(m in found for m in names) for n in names}


def r128(evidence: Evidence) -> Iterator[Hit]:
    """A convolution has a bias that the following batch norm removes."""
    for unit in evidence.units:
        for op in unit.flow.ops:
            if not isinstance(op, Convolution) or not op.has_bias or not unit.flow.is_live(op):
                continue
            users = [u for u in unit.flow.users(op.outputs[0]) if unit.flow.is_live(u)]
            if len(users) == 1 and "batch_norm" in users[0].name:
                size = unit.flow.shape(op.outputs[0])[1]
                yield evidence.hit("R128", evidence.layer_place(op, unit.trial, "bias"), unit.trial, size=size)


def r144(evidence: Evidence) -> Iterator[Hit]:
    """Initial weights are constant or far too large."""
    for unit in evidence.units:
        last = {o.index for j in unit.joins for o in j.residual.weighted[-1:]}
        for op in unit.flow.ops:
            value = unit.flow.weight_of(op) if op.name in CONVS and unit.flow.weighted(op) else None
            if value is None or unit.flow.tape.leaf.get(value) is None:
                continue
            found = _bad_init(unit.flow.tape.tensor[value], op.index in last)
            if found:
                by_hand = source.initialising_line(evidence.file, evidence.class_name)
                place = (evidence.file, by_hand) if by_hand else evidence.layer_place(op, unit.trial)
                yield evidence.hit("R144", place, unit.trial, what=found)


def _bad_init(weight: torch.Tensor, is_last: bool) -> str:
    data = weight.detach().float()
    std, fan_in = float(data.std()) if data.numel() > 1 else 1.0, data[0].numel()
    if data.numel() > 8 and std <= 1e-6 * float(data.abs().max()) and not (is_last and float(data.abs().max()) == 0):
        return f"every weight is {float(data.flatten()[0]):.3g}"
    usual = (2 / fan_in) ** 0.5
    if fan_in >= 64 and std > 5 * usual and data.shape[1] > 1:
        return f"standard deviation {std:.3g}, {std / usual:.0f} times √(2/fan_in)"
    return ""


def r145(evidence: Evidence) -> Iterator[Hit]:
    """The last norm of the residual starts at zero (a known variant); on the shortcut that is a mistake."""
    for unit in evidence.units:
        for join in unit.joins:
            for chain, severity in ((join.shortcut, "error"), (join.residual, "note")):
                for op in chain.norms[:1]:
                    if len(op.inputs) > 1 and _is_zero(unit.flow.tape.tensor[op.inputs[1]]):
                        path = "shortcut" if severity == "error" else "residual"
                        module = evidence.layer(op, unit.trial)
                        by_hand = source.initialising_line(evidence.file, evidence.class_name)
                        made = evidence.made_at(module, unit.trial) if module is not None else None
                        mended = by_hand if severity == "error" else None
                        place = (evidence.file, mended) if mended else made or evidence.forward_place(op, unit.trial)
                        yield evidence.hit("R145", place, unit.trial, severity, path=path)


def _is_zero(tensor: torch.Tensor) -> bool:
    return tensor.requires_grad and tensor.numel() > 0 and not bool(tensor.detach().any())


def r158(evidence: Evidence) -> Iterator[Hit]:
    """A layer with weights is constructed inside forward: new random weights at each call, which nobody trains."""
    for trial in evidence.finished:
        known = {id(m) for m in trial.module.modules()}
        for call in trial.tape.calls[1:]:
            if id(call.module) in known or not any(True for _ in call.module.parameters()):
                continue
            place = first_frame(call.frames, evidence.files)
            if place is not None and _made_here(type(call.module).__name__, place):
                yield evidence.hit("R158", place, trial, layer=type(call.module).__name__)


def _made_here(kind: str, place: Place) -> bool:
    function = source.function_at(*place)
    if function is None or function.name == "__init__":
        return False
    lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    return any(f"{kind}(" in source.text_of(place[0], line) for line in lines)


def r159(evidence: Evidence) -> Iterator[Hit]:
    """One convolution of the residual is frozen by the constructor while the others learn."""
    for unit in evidence.units if not evidence.is_network else ():
        if unit.trial.built is None or not unit.trial.built.sites:
            continue
        for join in unit.joins:
            convs = [op for op in join.residual.weighted if isinstance(op, Convolution) and op.groups == 1]
            frozen = [op for op in convs if _is_frozen(unit.flow.tape.tensor[op.weight])]
            for op in frozen if len(frozen) < len(convs) else ():
                line = source.freezing_line(evidence.file, evidence.class_name)
                place = (evidence.file, line) if line else evidence.layer_place(op, unit.trial)
                yield evidence.hit("R159", place, unit.trial, name=_path(unit.trial, op))


def _is_frozen(weight: torch.Tensor) -> bool:
    """Fixed filters (blur, edges, wavelets) repeat their values; random weights that nobody trains do not."""
    return not weight.requires_grad and weight.numel() > 64 and weight.unique().numel() > weight.numel() // 2


def _path(trial: Trial, op: Op) -> str:
    return trial.tape.calls[op.calls[-1]].path if op.calls else op.name


def joins_in(trial: Trial) -> int:
    """Return how many residual additions reach the output."""
    return len(find_joins(trial.flow))


def class_place(evidence: Evidence, name: str) -> Place | None:
    """Return the line where a class is defined in the user's file."""
    node = source.class_in(evidence.file, name)
    return (evidence.file, node.lineno) if node else None
