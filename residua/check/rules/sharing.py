"""Is a layer shared that every block should have for itself: made in a class's body, as a default, or handed round?"""

from __future__ import annotations

import inspect
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules.registration import modules_in
from residua.check.rules.repeated import ON_PURPOSE
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R193",
    severity="error",
    title="a layer is made in the body of a class or file",
    message="{target}: {name} is made once, when the file is read: every instance shares its {params} parameters, and "
    "none of them trains, moves or saves them",
    evidence="{params} parameters are missing from parameters()",
    fix="- {code}\n+ self.{name} = …  in __init__",
    source="pytorch/pytorch#715: a module registers what is assigned to self",
    wrong="class Block(nn.Module):\n    conv = nn.Conv2d(64, 64, 3, padding=1)",
    right="def __init__(self):\n    super().__init__()\n    self.conv = nn.Conv2d(64, 64, 3, padding=1)",
    implies=("R126", "R144", "R146", "R147", "R158", "R218"),
)
def r193(evidence: Evidence) -> Iterator[Hit]:
    """A layer or parameter that runs is an attribute of the class, or of the file, and no part of the module."""
    trial = evidence.trials[0]
    known = {id(part) for part in (*trial.module.modules(), *trial.module.parameters())}
    read = {value for op in trial.tape.ops if op.recording_grad for value in op.inputs}
    learning = {id(trial.tape.tensor[value]) for value in read}  # under no_grad a layer is meant to stay as it is
    seen: set[int] = set()
    for kind in _classes(trial.module):
        for name, value in _of_the_file(kind):
            parts = [part for part in _parts_in(value) if id(part) not in known | seen]
            lost = [part for part in parts if any(id(weight) in learning for weight in _weights(part))]
            count = sum(tensor.numel() for part in lost for tensor in _weights(part))
            if count:
                seen.update(id(part) for part in lost)
                place = _assignment(evidence, kind, name)
                yield evidence.hit("R193", place, trial, name=name, params=f"{count:,}")


def _classes(module: nn.Module) -> list[type]:
    """Return the classes of the user's that a module and its parts are of, base classes included."""
    kinds = (kind for part in module.modules() for kind in type(part).__mro__)
    return list(dict.fromkeys(kind for kind in kinds if not kind.__module__.startswith(("torch.", "builtins"))))


def _of_the_file(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a class, and those of the file that defines it."""
    home = sys.modules.get(kind.__module__)
    yield from list(vars(kind).items())
    yield from list(vars(home).items()) if home is not None else ()


def _parts_in(value: object) -> list[nn.Module | Tensor]:
    return [value] if isinstance(value, nn.Parameter) else list(modules_in(value))


def _weights(part: nn.Module | Tensor) -> list[Tensor]:
    """Return the weights of a layer, or a parameter itself; frozen ones are shared on purpose."""
    weights = list(part.parameters()) if isinstance(part, nn.Module) else [part]
    return [weight for weight in weights if weight.requires_grad]


def _assignment(evidence: Evidence, kind: type, name: str) -> Place | None:
    line = source.class_attribute_line(evidence.file, kind.__name__, name) or source.file_line(evidence.file, name)
    return (evidence.file, line) if line else None


@partial(
    Rule,
    code="R196",
    severity="error",
    title="a layer as the default of an argument",
    message="{target}: the default of {name} is one {layer}, made as the file is read; all instances share its weights",
    evidence="the default itself is among the modules; it has {params} parameters",
    fix="- {code}\n+ {name}=None, and make it in the body: {name} or {layer}(…)",
    source="Python evaluates a default once, at the definition",
    wrong="def __init__(self, channels, act=nn.PReLU()):",
    right="def __init__(self, channels, act=nn.PReLU):  # and self.act = act()",
    implies=("R121", "R195"),
)
def r196(evidence: Evidence) -> Iterator[Hit]:
    """A layer with weights is the default of an argument, and the module keeps that very layer."""
    trial = evidence.trials[0]
    kept = {id(part) for part in trial.module.modules()}
    for kind in _classes(trial.module):
        for function in _functions(kind):
            for name, value in _defaults(function):
                shared = [part for part in modules_in(value) if id(part) in kept and _weights(part)]
                if shared:
                    line = source.default_line(evidence.file, function.__code__.co_firstlineno, name)
                    count = sum(weight.numel() for part in shared for weight in _weights(part))
                    facts = {"name": name, "layer": type(shared[0]).__name__, "params": f"{count:,}"}
                    severity = (
                        "warning"
                        if all(_only_scales(part) and not _keeps_statistics(part) for part in shared)
                        else None
                    )
                    yield evidence.hit("R196", (evidence.file, line) if line else None, trial, severity, **facts)


def _functions(kind: type) -> Iterator[Callable[..., Any]]:
    yield from (value for _, value in _of_the_file(kind) if inspect.isfunction(value))


def _defaults(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.default) for each in parameters if each.default is not each.empty]


@partial(
    Rule,
    code="R195",
    severity="warning",
    title="one activation or norm with weights stands in several places",
    message="{target}: {count} places got one and the same {layer}, so they share its {params} weights",
    evidence="one object under {paths}",
    fix="- {code}\n+ a new {layer}(…) for each place",
    source="davidtvs/PyTorch-ENet#27",
    wrong="act = nn.PReLU()\nblocks = [Block(64, act) for _ in range(3)]",
    right="blocks = [Block(64, nn.PReLU()) for _ in range(3)]",
    implies=("R208",),
)
def r195(evidence: Evidence) -> Iterator[Hit]:
    """One activation or norm that learns is a part of several modules, and runs in several places."""
    for trial in evidence.finished[:1]:
        runs = Counter(id(call.module) for call in trial.tape.calls)
        for module, paths in _handed_round(trial):
            if runs[id(module)] < 2 or _keeps_statistics(module):
                continue  # a norm that keeps statistics of two places is R121's
            facts: dict[str, Any] = {"layer": type(module).__name__, "count": len(paths)}
            facts["params"] = sum(weight.numel() for weight in _weights(module))
            facts["paths"] = ", ".join(paths[:3]) + (", …" if len(paths) > 3 else "")
            yield evidence.hit("R195", _made(evidence, trial, module), trial, **facts)


def _handed_round(trial: Trial) -> Iterator[tuple[nn.Module, list[str]]]:
    """Yield the layers with scales only that different parts hold, each with its paths, one a part."""
    places: dict[int, dict[tuple[int, str], str]] = {}
    layers: dict[int, nn.Module] = {}
    for path, module in trial.module.named_modules(remove_duplicate=False):
        if _only_scales(module):
            owner, _, name = path.rpartition(".")
            key = (id(trial.module.get_submodule(owner)), name)
            places.setdefault(id(module), {}).setdefault(key, path)
            layers[id(module)] = module
    yield from ((layers[own], list(found.values())) for own, found in places.items() if len(found) > 1)


def _only_scales(module: nn.Module) -> bool:
    """Tell an activation, norm or scale: a layer without parts whose weights that learn are a number a channel."""
    weights = _weights(module)
    return bool(weights) and not list(module.children()) and all(weight.dim() < 2 for weight in weights)


def _keeps_statistics(module: nn.Module) -> bool:
    return isinstance(module, nn.modules.batchnorm._NormBase)


def _made(evidence: Evidence, trial: Trial, module: nn.Module) -> Place | None:
    """Return the line that made a layer, also where that was in the body of the file."""
    if trial.sites(module):
        return evidence.made_at(module, trial)
    for kind in _classes(trial.module):
        for name, value in _of_the_file(kind):
            if any(part is module for part in modules_in(value)):
                return _assignment(evidence, kind, name)
    return None


@partial(
    Rule,
    code="R208",
    severity="warning",
    title="one layer runs twice in a row",
    message="{target}: {name} reads here what it made itself, as if it were two layers",
    evidence="{count} calls of one layer with weights, each on the result of the one before",
    fix="- {code}\n+ a second layer of the same kind, made beside self.{name}",
    source="He 2016a Fig. 5: each layer of a residual has weights of its own",
    wrong="out = F.relu(self.conv(x))\nout = self.conv(out)",
    right="out = F.relu(self.conv1(x))\nout = self.conv2(out)",
    once=True,
)
def r208(evidence: Evidence) -> Iterator[Hit]:
    """One convolution, linear layer or norm is called by two lines in a row, without a word that this is meant.

    Recurrent designs call it in a loop, one line, or say so. Batch norms are R121's: their statistics mix.
    """
    for trial in evidence.finished[:1]:
        for name, ops in _uses(trial).items():
            second = next((two for one, two in itertools.pairwise(ops) if _follows(evidence, trial, one, two)), None)
            owner = type(trial.module.get_submodule(name.rpartition(".")[0])).__name__
            said = source.class_text(evidence.file, evidence.class_name) + source.class_text(evidence.file, owner)
            if second is not None and not ON_PURPOSE.search(said):
                facts: dict[str, Any] = {"name": name, "count": len(ops)}
                yield evidence.hit("R208", evidence.line_of(second), trial, **facts)


def _uses(trial: Trial) -> dict[str, list[Op]]:
    """Return the operations of each layer with weights that learn, by its path; those of depthwise filters left out."""
    found: dict[str, list[Op]] = {}
    for op in trial.flow.ops:
        depthwise = isinstance(op, Convolution) and op.depthwise
        if (op in trial.flow.weighted or op.name in _SCALED_NORMS) and op.calls and not depthwise:
            call = trial.tape.calls[op.calls[-1]]
            if call.of_torch and call.path and _weights(call.module):
                found.setdefault(call.path, []).append(op)
    return found


_SCALED_NORMS = frozenset({"native_group_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm"})


def _follows(evidence: Evidence, trial: Trial, one: Op, two: Op) -> bool:
    """Tell a second use that reads what the first made, with no other weights between, or one other before a norm."""
    flow, lines = trial.flow, {evidence.line_of(one), evidence.line_of(two)}
    chain = flow.chain(flow.data(two) if two in flow.weighted else two.inputs[0])
    if one not in chain.ops or len(lines) < 2:
        return False
    between = [op for op in chain.ops[: chain.ops.index(one)] if op in flow.weighted]
    return not between if two in flow.weighted else len(between) == 1
