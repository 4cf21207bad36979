"""Do stride, padding and channels give the shapes that the block promises?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from residua.check.evidence.alignment import is_cropped_alike
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.geometry import conv_to_stride, padding_error, padding_facts
from residua.check.evidence.liveness import dead_weighted
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R110",
    severity="error",
    title="the stride is on one path only",
    message="{target}: the {path} does not have the size that the stride asks for",
    evidence="with stride 2 the shortcut is {shortcut} and the residual {residual}: {error}",
    fix="- {code}\n+ the same convolution with stride=stride",
    source="He 2016a §3.3",
    wrong="self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)\nself.skip = nn.Conv2d(cin, cout, 1, stride=stride)",
    right=(
        "self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1)\n"
        "self.skip = nn.Conv2d(cin, cout, 1, stride=stride)"
    ),
    implies=("R112", "R148"),
    grave_with_options=True,
)
def r110(evidence: Evidence) -> Iterator[Hit]:
    """Only one of the two paths takes the stride, or none does."""
    yield from hits_of(evidence, "R110")
    for trial, side, found in _strided(evidence):
        convs = [op for op in trial.flow.ops if isinstance(op, Convolution) and op in trial.flow.weighted]
        if found == trial.in_shape[2] and trial.joins and convs and not any(op.strided for op in convs):
            residual = [op for op in trial.joins[-1].residual.weighted if isinstance(op, Convolution)] or convs
            place = evidence.layer_place(conv_to_stride(residual, "residual"), trial, "stride")
            facts: dict[str, Any] = {"path": "residual", "shortcut": trial.out_shape, "residual": trial.out_shape}
            yield evidence.hit("R110", place, trial, error=f"side {found} instead of {side}", **facts)
    dead = [
        trial
        for trial in evidence.trials
        if not trial.ran and trial.wanted.get("stride", 1) > 1 and trial.tape.failed is not None
    ]
    for trial in dead:
        yield from _ignored_by_dead_branch(evidence, trial)


def _strided(evidence: Evidence) -> Iterator[tuple[Trial, int, int]]:
    """Yield every finished trial of a stride: the side that it should have, and the one that it has."""
    for trial in evidence.finished:
        step = trial.wanted.get("stride", 1)
        if step > 1 and len(trial.out_shape) > 2 and len(trial.in_shape) == len(trial.out_shape):
            yield trial, math.ceil(trial.in_shape[2] / step), trial.out_shape[2]


def _ignored_by_dead_branch(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A residual that was overwritten still shows that its first convolution does not take the stride."""
    flow = trial.flow
    dead = dead_weighted(flow)
    alive = [value for value in flow.outputs if value in flow.depth and len(flow.shapes[value]) > 2]
    side = math.ceil(trial.in_shape[2] / trial.wanted["stride"])
    if not dead or not any(flow.shapes[value][2] == side for value in alive):
        return
    end = flow.shapes[flow.last_computed_from(dead[-1]).outputs[0]]
    if (
        len(end) > 2
        and end[2] == trial.in_shape[2]
        and not any(op.strided for op in dead if isinstance(op, Convolution))
    ):
        place = evidence.layer_place(conv_to_stride(dead, "residual"), trial, "stride")
        facts: dict[str, Any] = {"path": "residual", "shortcut": flow.shapes[alive[0]], "residual": end}
        yield evidence.hit("R110", place, trial, error=f"side {end[2]} instead of {side}", **facts)


@partial(
    Rule,
    code="R111",
    severity="error",
    title="two convolutions of the residual stride",
    message="{target}: this convolution strides a second time; the map shrinks four times",
    evidence="with stride 2 the residual is {residual}: {error}",
    fix="- {code}\n+ the same convolution with stride=1",
    source="He 2016a Table 1",
    wrong="self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1)\nself.conv2 = nn.Conv2d(cout, cout, 3, stride, 1)",
    right="self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1)\nself.conv2 = nn.Conv2d(cout, cout, 3, 1, 1)",
    implies=("R112", "R148"),
    grave_with_options=True,
)
def r111(evidence: Evidence) -> Iterator[Hit]:
    """Two convolutions of the residual stride."""
    yield from hits_of(evidence, "R111")
    for trial, side, found in _strided(evidence):
        if found < side - 1 and trial.joins:
            convs = [op for op in trial.joins[-1].residual.weighted if isinstance(op, Convolution) and op.strided]
            if len(convs) > 1:
                place = evidence.layer_place(convs[-1], trial, "stride")
                facts: dict[str, Any] = {"path": "residual", "shortcut": trial.out_shape, "residual": trial.out_shape}
                yield evidence.hit("R111", place, trial, error=f"side {found} instead of {side}", **facts)


@partial(
    Rule,
    code="R114",
    severity="error",
    title="no projection although the shape changes",
    message="{target}: the shortcut keeps its shape where the residual changes it, and the addition fails",
    evidence="{trial}: shortcut {shortcut}, residual {residual}",
    fix="- {code}\n+ if stride != 1 or in_channels != out_channels: project with a 1×1 convolution and BN",
    source="He 2016a §3.3, options A and B",
    wrong="return F.relu(self.body(x) + x)          # body: 64 → 128 channels",
    right="return F.relu(self.body(x) + self.project(x))",
    implies=("R148",),
    once=True,
    grave_with_options=True,
)
def r114(evidence: Evidence) -> Iterator[Hit]:
    """No projection where channels or size change; a warning where the block runs when both do, and fails for one.

    Public networks test one of the two, and build their blocks with both or neither.
    """
    both = any(trial.ran and trial.kind is Kind.BOTH for trial in evidence.trials)
    for hit in hits_of(evidence, "R114"):
        half = both and hit.trial is not None and hit.trial.kind in (Kind.STRIDE, Kind.CHANNELS)
        yield replace(hit, severity="warning") if half else hit


@partial(
    Rule,
    code="R129",
    severity="error",
    title="missing padding",
    message=("{target}: a {kind} with kernel {kernel} and padding {padding} {what}; padding={right} {how}"),
    evidence="kernel {kernel}, padding {padding} ({trial})",
    fix="- {code}\n+ the same convolution with padding={right}",
    source="He 2016a §3.3",
    wrong="nn.Conv2d(64, 64, 3)",
    right="nn.Conv2d(64, 64, 3, padding=1)",
    grave_with_options=True,
)
def r129(evidence: Evidence) -> Iterator[Hit]:
    """A convolution lacks padding: the map shrinks."""
    yield from hits_of(evidence, "R129")
    yield from _padding(evidence, "R129", -1)


def _padding(evidence: Evidence, rule: str, sign: int) -> Iterator[Hit]:
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            if not isinstance(op, Convolution) or op not in flow.weighted or op not in flow.live_ops:
                continue
            if padding_error(flow, op) * sign <= 0 or _cropped(trial, op.outputs[0]):
                continue
            if not _matters(evidence, trial, sign, op):
                continue
            place = evidence.layer_place(op, trial, "padding")
            yield evidence.hit(rule, place, trial, "warning", **padding_facts(op, sign))


def _cropped(trial: Trial, value: int) -> bool:
    """A convolution followed by a crop is causal, or unpadded on purpose."""
    shape = trial.flow.shapes[value]
    return any(
        "slice" in op.name or "index" in op.name or "pad" in op.name
        for op in trial.flow.ops
        if shape[2:] == _first_shape(trial, op)[2:] and op.name == "slice"
    )


def _first_shape(trial: Trial, op: Op) -> tuple[int, ...]:
    return trial.flow.shapes[op.inputs[0]] if op.inputs else ()


def _matters(evidence: Evidence, trial: Trial, sign: int, op: Op) -> bool:
    if sign > 0:
        return op.side > 1 or not evidence.is_network
    if evidence.is_network or not trial.joins or is_cropped_alike(trial.flow, trial.joins[-1]):
        return False
    step = trial.wanted.get("stride", 1)
    return (
        len(trial.out_shape) > 2
        and trial.out_shape[2] < math.ceil(trial.in_shape[2] / step)
        and trial.out_shape[2] * 2 > trial.in_shape[2] / step
    )


@partial(
    Rule,
    code="R130",
    severity="warning",
    title="too much padding",
    message=("{target}: a {kind} with kernel {kernel} and padding {padding} {what}; padding={right} {how}"),
    evidence="kernel {kernel}, padding {padding} ({trial})",
    fix="- {code}\n+ the same convolution with padding={right}",
    source="He 2016a §3.3",
    wrong="nn.Conv2d(3, 64, 3, padding=2)",
    right="nn.Conv2d(3, 64, 3, padding=1)",
    grave_with_options=True,
)
def r130(evidence: Evidence) -> Iterator[Hit]:
    """A convolution has too much padding: the map grows."""
    yield from hits_of(evidence, "R130")
    yield from _padding(evidence, "R130", 1)


@partial(
    Rule,
    code="R182",
    severity="error",
    title="padding='same' beside a stride",
    message=(
        "{target}: torch has no padding='same' for a strided convolution; padding=kernel_size // 2 gives ⌈H/stride⌉, "
        "as 'same' does elsewhere"
    ),
    evidence="{trial}: {error}",
    fix="- {code}\n+ the same convolution with padding=kernel_size // 2",
    source="torch.nn.Conv2d: padding='same' for stride 1 only; Keras pads strided ones too",
    wrong="nn.Conv2d(cin, cout, 3, stride=stride, padding='same')",
    right="nn.Conv2d(cin, cout, 3, stride=stride, padding=1)",
    once=True,
    grave_with_options=True,
)
def r182(evidence: Evidence) -> Iterator[Hit]:
    """A convolution with padding='same' is given a stride."""
    yield from hits_of(evidence, "R182")


@partial(
    Rule,
    code="R154",
    severity="error",
    title="channels do not fit",
    message="{target}: {layer} has the wrong number of channels: {got} where {expected} is expected",
    evidence="{trial}: {error}",
    fix="- {code}\n+ {mend}",
    source="He 2016a Table 1",
    wrong="self.conv2 = nn.Conv2d(in_channels, out_channels, 3)",
    right="self.conv2 = nn.Conv2d(out_channels, out_channels, 3)",
    bare_crash=True,
)
def r154(evidence: Evidence) -> Iterator[Hit]:
    """A layer's channels do not fit what flows into it."""
    for hit in hits_of(evidence, "R154"):
        yield replace(hit, facts={"mend": "the same layer with the channels of what flows into it"} | hit.facts)


@partial(
    Rule,
    code="R184",
    severity="warning",
    title="the channels asked for do not come out",
    message=(
        "{target}: asked for {expected} channels it puts out {got}{unless}; a next layer, made for {expected}, fails"
    ),
    evidence="{trial}: {got} channels come out",
    fix="- {code}\n+ the number of channels that the constructor was given, in every configuration",
    source="He 2016a §3.3: the projection shortcut matches dimensions",
    wrong="mid = cout if stride != 1 else cin",
    right="mid = cout",
    with_options=True,
)
def r184(evidence: Evidence) -> Iterator[Hit]:
    """A constructor takes the channels that go out, and what goes out has those that came in."""
    for trial in evidence.finished:
        out, got = trial.wanted.get("out"), trial.out_shape[1:2]
        if evidence.is_network or not trial.joins or out in (None, *got) or not got or not _names_out(trial):
            continue
        # Of other kinds of trials, how much wider the output is than asked may be a guess of ours.
        changed = trial.kind is Kind.OPTION and trial.wanted.get("in") != out
        if not changed and (trial.kind is not Kind.CHANNELS or got != trial.in_shape[1:2]):
            continue
        made = trial.joins[-1].residual.weighted[-1:]
        place = evidence.layer_place(made[0], trial, "channels") if made else evidence.line_of(trial.joins[-1].op)
        both = any(each.kind is Kind.BOTH and each.out_shape[1:2] == (out,) for each in evidence.finished)
        unless = " unless it strides" if both else ""
        yield evidence.hit("R184", place, trial, got=got[0], expected=out, unless=unless)


def _names_out(trial: Trial) -> bool:
    """Tell whether an argument names the channels that go out, and asks for others than those that do."""
    given = trial.built.arguments if trial.built is not None else {}
    asked = [value for name, value in given.items() if "out" in name.lower().replace("dropout", "")]
    return bool(asked) and trial.out_shape[1] not in asked
