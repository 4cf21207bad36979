"""Has a convolution the groups that its channels, or a cardinality, ask for?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.hand_over import called_name
from residua.check.rules.rule import Rule
from residua.record.tape import Convolution
from residua.targets import signature_of


@partial(
    Rule,
    code="R215",
    severity="warning",
    title="groups of the channels before the expansion",
    message="{target}: this convolution of {channels} channels has groups={groups}, those before the expansion: it is "
    "not depthwise",
    evidence="a 1×1 convolution makes {channels} of {groups}, and this one keeps {channels}",
    fix="- {code}\n+ groups={channels}",
    source="Sandler 2018 (MobileNetV2) §3.3",
    wrong="nn.Conv2d(inp, hidden, 1), nn.Conv2d(hidden, hidden, 3, padding=1, groups=inp)",
    right="nn.Conv2d(inp, hidden, 1), nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)",
)
def r215(evidence: Evidence) -> Iterator[Hit]:
    """The convolution behind an expansion has as many groups as channels before it, so that each filter reads several.

    Read off the names: with a guess of ours for the channels a cardinality may equal them by chance.
    """
    for trial in evidence.finished[:1]:
        kinds = dict.fromkeys((evidence.class_name, *(type(module).__name__ for module in trial.module.modules())))
        for name in kinds:
            for call, channels, groups in _of_the_narrow_side(source.class_in(evidence.file, name)):
                place = evidence.file, call.lineno
                yield evidence.hit("R215", place, trial, target=name, channels=channels, groups=groups)


def _of_the_narrow_side(node: ast.ClassDef | None) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield convolutions `(wide, wide, …, groups=narrow)` of a class that has one `(narrow, wide, …)` too."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)] if node is not None else []
    convs = [each for each in calls if called_name(each).startswith("Conv") and len(each.args) > 2]
    sides = {(ast.unparse(each.args[0]), ast.unparse(each.args[1])) for each in convs}
    for call in convs:
        first, second = (ast.unparse(each) for each in call.args[:2])
        groups = next((ast.unparse(each.value) for each in call.keywords if each.arg == "groups"), first)
        if first == second != groups and (groups, first) in sides and groups.isidentifier():
            yield call, first, groups


@partial(
    Rule,
    code="R224",
    severity="warning",
    title="a depthwise convolution without groups",
    message="{target}: {name} is named depthwise and mixes all {channels} channels: groups={groups}",
    evidence="a {kernel} convolution of {channels} channels with groups={groups}",
    fix="- {code}\n+ groups={channels}",
    source="Howard 2017 (MobileNets) §3.1",
    wrong="self.dwconv = nn.Conv2d(dim, dim, 7, padding=3)",
    right="self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)",
    once=True,
)
def r224(evidence: Evidence) -> Iterator[Hit]:
    """A convolution whose attribute says depthwise reads every channel."""
    for trial in evidence.finished[:1]:
        for path, module in trial.module.named_modules():
            if not isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)) or not _is_dense(module):
                continue
            name = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
            if _DEPTHWISE.search(name):
                kernel = "×".join(map(str, module.kernel_size))
                facts = {"name": path, "channels": module.out_channels, "groups": module.groups, "kernel": kernel}
                yield evidence.hit("R224", evidence.made_at(module, trial, "groups"), trial, **facts)


_DEPTHWISE = re.compile(r"^(conv_?)?(dw|depth_?wise)(_?conv\w*)?\d*$", re.I)


def _is_dense(module: nn.Conv1d | nn.Conv2d | nn.Conv3d) -> bool:
    """Tell a convolution with one group that keeps its channels; a 1×1 under that name is another part of the same."""
    return module.groups == 1 and module.in_channels == module.out_channels > 1 and max(module.kernel_size) > 1


@partial(
    Rule,
    code="R209",
    severity="warning",
    title="a cardinality without grouped convolutions",
    message="{target}: {name}={value}, and none of {count} convolutions has groups: its paths are one wide convolution",
    evidence="groups of the residual's convolutions: {groups}",
    fix="- {code}\n+ the same convolution with groups={name}",
    source="Xie 2017 §3: C paths are one convolution of C groups",
    wrong="self.conv2 = nn.Conv2d(width, width, 3, padding=1)            # width = cardinality * base_width",
    right="self.conv2 = nn.Conv2d(width, width, 3, padding=1, groups=cardinality)",
    implies=("R189",),
    once=True,
)
def r209(evidence: Evidence) -> Iterator[Hit]:
    """A class takes a cardinality above one, and neither groups nor as many paths are made of it."""
    trial = evidence.same or next(iter(evidence.finished), None)
    if trial is None or trial.built is None or not trial.joins or evidence.is_network:
        return
    parameters = signature_of(type(trial.module)).parameters
    values = {name: trial.built.arguments.get(name, each.default) for name, each in parameters.items()}
    named = {name: value for name, value in values.items() if re.search("^(cardinality|card|c_dim)$", name, re.I)}
    convs = [op for op in trial.joins[-1].residual.weighted if isinstance(op, Convolution)]
    full = next((op for op in convs if op.side > 1), None)
    for name, value in named.items():
        paths = any(len(module) == value for module in trial.module.modules() if isinstance(module, nn.ModuleList))
        if type(value) is int and value > 1 and full is not None and len(convs) > 1 and not paths:
            groups = [op.groups for op in convs]
            if max(groups) == 1 and full.weight in trial.tape.leaf:
                facts: dict[str, Any] = {"name": name, "value": value, "count": len(convs), "groups": groups}
                yield evidence.hit("R209", evidence.layer_place(full, trial, "groups"), trial, **facts)
