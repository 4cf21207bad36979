"""Does each layer serve one place, and each block stand once?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import CONVS, NORMS
from residua.check.evidence.liveness import used_parameters
from residua.check.evidence.places import Place, first_frame
from residua.check.evidence.written import repeated_list_line
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R121",
    severity="error",
    title="one layer serves two places",
    message="{target}: {name} serves {uses} places; the layer made for this one is not used",
    evidence="{name} ran {uses} times in one pass, each time on the result of another layer",
    fix="- {code}\n+ the layer made for this place: one BatchNorm for each convolution",
    source="Ioffe 2015 §3.1",
    wrong="out = self.bn1(self.conv1(x))\nout = self.bn1(self.conv2(out))",
    right="out = self.bn1(self.conv1(x))\nout = self.bn2(self.conv2(out))",
    implies=("R126", "R208"),
    with_options=True,
)
def r121(evidence: Evidence) -> Iterator[Hit]:
    """One batch norm, or one convolution, serves two places."""
    for trial in evidence.finished:
        instead = list(_one_for_another(evidence, trial))
        yield from instead
        parts = tuple(f"{hit.facts['name']}." for hit in instead)
        for path, ops in _uses(trial).items():
            if len(ops) < 2 or "batch_norm" not in ops[0].name or path.startswith(parts):
                continue
            before = [_weights_before(trial, op) for op in ops]
            if len({weight for weight in before if weight is not None}) < 2:
                continue
            name = path.removesuffix(".weight")
            place = evidence.line_of(ops[1])
            layer = dict(trial.module.named_modules()).get(name)
            if isinstance(layer, nn.modules.batchnorm._BatchNorm) and place == evidence.line_of(ops[0]):
                place = evidence.made_at(layer, trial) or place  # the constructor repeats it in a list of layers
            yield evidence.hit("R121", place, trial, name=name, uses=len(ops))


def _one_for_another(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """One layer runs twice while another of the same shape never runs: the second use means the other."""
    used = used_parameters(trial)
    parameters = dict(trial.module.named_parameters())
    idle = [name for name, parameter in parameters.items() if name not in used and name.endswith("weight")]
    for path, ops in _uses(trial).items():
        twin = next(
            (name for name in idle if path in parameters and parameters[name].shape == parameters[path].shape), None
        )
        if len(ops) > 1 and twin is not None:
            facts: dict[str, Any] = {"name": path.removesuffix(".weight"), "uses": len(ops)}
            alike = [name for name in idle if parameters[name].shape == parameters[path].shape]
            before = len(alike) == 1 and list(parameters).index(twin) < list(parameters).index(path)
            part = _part_called_twice(evidence, trial, path, twin)
            if part is not None:
                name, place = part
                yield evidence.hit("R121", place, trial, name=name, uses=len(ops))
                return
            yield evidence.hit("R121", evidence.line_of(ops[0 if before else 1]), trial, **facts)


def _part_called_twice(evidence: Evidence, trial: Trial, path: str, twin: str) -> tuple[str, Place] | None:
    """Return the name and call of the part around a layer that runs in place of the one around its twin.

    The call is the one whose line names the twin, `short = self.down(x)` beside an idle `self.short`, else the second.
    None where the layers themselves stand side by side.
    """
    own, other = path.split("."), twin.split(".")
    depth = next((index for index, (a, b) in enumerate(zip(own, other, strict=False)) if a != b), 0)
    if depth + 2 >= len(own) or _inside_lists(own[depth + 1 :]) != _inside_lists(other[depth + 1 :]):
        return None
    name = ".".join(own[: depth + 1])
    calls = [call for call in trial.tape.calls if call.path == name]
    places = [first_frame(call.frames, evidence.files) for call in calls]
    named = (place for place in places if place and re.search(rf"\b{other[depth]}\b", source.text_of(*place)))
    place = next(named, places[1] if len(places) > 1 else None)
    return (name, place) if place is not None else None


def _inside_lists(names: list[str]) -> list[str]:
    """Return a path without the number in front that a list of one block adds."""
    return names[1:] if names[0] == "0" else names


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
    return trial.flow.weight_of(maker) if maker is not None and maker in trial.flow.weighted else None


@partial(
    Rule,
    code="R122",
    severity="error",
    title="one block repeated by reference",
    message="{path} holds one and the same instance {count} times: its weights are shared, depth adds no parameters",
    evidence="{count} entries, one identity",
    fix="- {code}\n+ [Block(...) for _ in range(n)]",
    source="deep-learning-with-pytorch/dlwpt-code-2e#6",
    wrong="nn.Sequential(*[Block(64)] * 3)",
    right="nn.Sequential(*[Block(64) for _ in range(3)])",
    implies=("R121", "R123", "R126", "R128", "R183"),
)
def r122(evidence: Evidence) -> Iterator[Hit]:
    """One instance of a block stands several times in a list."""
    trial, repeated = evidence.trials[0], False
    for path, module in trial.module.named_modules():
        if not isinstance(module, (nn.Sequential, nn.ModuleList)):
            continue
        counts = Counter(
            id(child)
            for child in module._modules.values()
            if child is not None and any(parameter.dim() > 1 for parameter in child.parameters())
        )
        worst = max(counts.values(), default=1)
        if worst > 1:
            line = repeated_list_line(evidence.file)
            place = (evidence.file, line) if line else _filled_at(evidence, trial, module)
            yield evidence.hit("R122", place, trial, count=worst, path=path or evidence.class_name)
            repeated = True
    if not repeated and not any(True for _ in r123.find(evidence)):
        yield from _under_two_names(evidence, trial)


def _filled_at(evidence: Evidence, trial: Trial, container: nn.Module) -> Place | None:
    """Return the line of a container that is made with its items; of one that was filled later, the repeated item's."""
    made = evidence.made_at(container, trial)
    if made is None or not source.text_of(*made).rstrip().endswith("()"):
        return made
    counts = Counter(id(child) for child in container.children())
    repeated = max(container.children(), key=lambda child: counts[id(child)])
    return evidence.made_at(repeated, trial) or made


@partial(
    Rule,
    code="R123",
    severity="error",
    title="one projection shared by several blocks",
    message="one projection serves {count} shortcuts of different blocks",
    evidence="the same weights ran in {count} places",
    fix="- {code}\n+ a new projection for each block",
    source="He 2016a §3.3",
    wrong="down = conv1x1(64, 64)\nblocks = [Block(64, down) for _ in range(3)]",
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
            if len({module for module, _ in uses}) > 1 and len({op.index for _, op in uses}) > 1:  # blocks nest
                place = evidence.layer_place(uses[0][1], trial)
                yield evidence.hit("R123", place, trial, count=len(uses))


_BY_DESIGN = re.compile(r"shared|(^|[._])tied?([._]|$)")  # TabNet's steps: an attribute called shared is meant so


def _under_two_names(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """One layer with weights stands in several items of one list, and runs once for each."""
    calls = Counter(id(call.module) for call in trial.tape.calls)
    paths: dict[int, list[str]] = {}
    for path, module in trial.module.named_modules(remove_duplicate=False):
        if any(parameter.dim() > 1 for parameter in module.parameters(recurse=False)) and calls[id(module)] > 1:
            paths.setdefault(id(module), []).append(path)
    for found in paths.values():
        items = {tuple(part for part in path.split(".") if part.isdigit()) for path in found}
        outer = {path.split(".")[0] for path in found}
        if any(_BY_DESIGN.search(path) for path in found):
            continue
        if len(items) > 1 and len(outer) == 1 and min(len(item) for item in items) > 1:
            module = _handed_round(trial.module, found) or trial.module.get_submodule(found[0].rpartition(".")[0])
            yield evidence.hit("R122", evidence.made_at(module, trial), trial, count=len(found), path=found[0])
            return


def _handed_round(root: nn.Module, paths: list[str]) -> nn.Module | None:
    """Return the outermost module around a layer that stands whole under all of these paths; None for the layer."""
    ends = [path.split(".") for path in paths]
    outermost = None
    for left in range(1, min(len(parts) for parts in ends)):
        around = [root.get_submodule(".".join(parts[:-left])) for parts in ends]
        if any(each is not around[0] for each in around):
            break
        outermost = around[0]
    return outermost


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
            call.module for call in trial.tape.calls if isinstance(call.module, (nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU))
        )
        for module, count in calls.items():
            if count > 1 and not evidence.is_network:
                yield evidence.hit("R124", evidence.made_at(module, trial), trial, count=count)
                return
