"""Is each layer that a block owns used, and used in one place?"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place
from residua.check.evidence.flow import CONVS, NORMS
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op
from residua.targets.sites import Site


@partial(
    Rule,
    code="R121",
    severity="error",
    title="one layer serves two places",
    message="{target}: {name} serves {uses} places; the layer made for this one is not used",
    evidence="{name} ran {uses} times in one pass, each time on the result of another layer",
    fix="- {code}\n+ the layer made for this place: one BatchNorm for each convolution",
    source="Ioffe 2015 §3.1",
    wrong=("out = self.bn1(self.conv1(x))\nout = self.bn1(self.conv2(out))"),
    right=("out = self.bn1(self.conv1(x))\nout = self.bn2(self.conv2(out))"),
    implies=("R126",),
    with_options=True,
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


def _used_parameters(trial: Trial) -> set[str]:
    found = set()
    for tape in (trial.tape, trial.eval_tape):
        read = {v for op in tape.ops for v in op.inputs}
        found |= {name.partition(":")[2] for v, name in tape.leaf.items() if name.startswith("param:") and v in read}
    aliases: dict[int, list[str]] = {}
    for name, parameter in trial.module.named_parameters(remove_duplicate=False):
        aliases.setdefault(id(parameter), []).append(name)
    return found | {n for names in aliases.values() if any(m in found for m in names) for n in names}


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


@partial(
    Rule,
    code="R122",
    severity="error",
    title="one block repeated by reference",
    message=("{path} holds one and the same instance {count} times: its weights are shared, depth adds no parameters"),
    evidence="{count} entries, one identity",
    fix="- {code}\n+ [Block(...) for _ in range(n)]",
    source="deep-learning-with-pytorch/dlwpt-code-2e#6",
    wrong="nn.Sequential(*[Block(64)] * 3)",
    right="nn.Sequential(*[Block(64) for _ in range(3)])",
    implies=("R121", "R123", "R126", "R128"),
)
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

    if not any(True for _ in r123.find(evidence)):
        yield from _under_two_names(evidence, trial)


@partial(
    Rule,
    code="R123",
    severity="error",
    title="one projection shared by several blocks",
    message="one projection serves {count} shortcuts of different blocks",
    evidence="the same weights ran in {count} places",
    fix="- {code}\n+ a new projection for each block",
    source="He 2016a §3.3",
    wrong=("down = conv1x1(64, 64)\nblocks = [Block(64, down) for _ in range(3)]"),
    right="blocks = [Block(64, conv1x1(64, 64)) for _ in range(3)]",
)
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


@partial(
    Rule,
    code="R124",
    severity="note",
    title="one activation module used several times",
    message=(
        "{target}: one activation module runs {count} times; fine for training, but DeepLift, guided "
        "backprop and fusion need one each"
    ),
    evidence="{count} calls in one pass",
    fix="- {code}\n+ self.relu1 = nn.ReLU(); self.relu2 = nn.ReLU()",
    source="pytorch/captum#1082",
    wrong="self.relu = nn.ReLU()        # used twice: legal",
    right="self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()",
    once=True,
)
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


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


@partial(
    Rule,
    code="R126",
    severity="error",
    title="a layer is made and never used",
    message="{target}: {name} is made in __init__ and takes no part in forward",
    evidence="its parameters were read by no operation in any configuration",
    fix="- {code}",
    source="DistributedDataParallel refuses parameters without gradient",
    wrong="self.bn2 = nn.BatchNorm2d(64)      # forward never calls it",
    right="out = self.bn2(self.conv2(out))",
    implies=("R156", "R157"),
)
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


def _idle(evidence: Evidence) -> Iterator[Hit]:
    called = {id(c.module) for t in evidence.finished for c in t.tape.calls}
    for trial in evidence.finished[:1]:
        for path, module in trial.module.named_modules():
            if list(module.children()) or isinstance(module, _QUIET) or next(module.parameters(), None) is not None:
                continue
            if id(module) not in called and type(module).__module__.startswith("torch.nn.modules.activation"):
                yield evidence.hit("R126", evidence.made_at(module, trial), trial, "note", name=path)
