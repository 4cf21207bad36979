"""Does every weight get a gradient?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import partial

import torch
from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import NORMS, SAME, Flow
from residua.check.evidence.joins import Join
from residua.check.evidence.liveness import round_trip
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.learning import dead_for_ever
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R127",
    severity="error",
    title="part of the block gets no gradient",
    message=(
        "{target}: the gradient is cut here: nothing before this line learns through it; {count} "
        "parameters get no gradient at all"
    ),
    evidence="after backward the gradient of {params} is None",
    fix="- {code}\n+ the same line without detach, .data or no_grad",
    source="He 2016b §2",
    wrong="out = self.conv2(out.detach())",
    right="out = self.conv2(out)",
    implies=("R162",),
    once=True,
    with_options=True,
)
def r127(evidence: Evidence) -> Iterator[Hit]:
    """Parameters that take part get no gradient: detach, no_grad or .data cuts them off."""
    for trial in evidence.finished:
        if trial.failure is not None or not trial.without_grad:
            continue
        flow = trial.flow
        leaves = {name.partition(":")[2]: value for value, name in flow.tape.leaf.items() if name.startswith("param:")}
        cut = [name for name in trial.without_grad if name in leaves and leaves[name] in flow.live]
        if cut:
            yield evidence.hit("R127", _cut_place(evidence, trial), trial, params=", ".join(cut[:4]), count=len(cut))
        elif not trial.joins and round_trip(evidence, trial) is not None:
            names, count = ", ".join(trial.without_grad[:4]), len(trial.without_grad)
            yield evidence.hit("R127", round_trip(evidence, trial), trial, params=names, count=count)
    for unit in evidence.units:
        for join in unit.joins:
            if not _shortcut_is_cut(join):
                continue
            place = _shortcut_cut_place(unit, join)
            if place is not None and _CUTS_LEAVES.search(source.text_of(*place)):
                continue
            if place is not None or unit.evidence.line_of(join.op) is None:  # else it was cut before it came here
                yield evidence.hit("R127", place, unit.trial, params="x (shortcut)", count=0)


_CUTS_LEAVES = re.compile(r"if (not )?\w+\.requires_grad\b")  # only where nothing in front learns anyway


def _cut_place(evidence: Evidence, trial: Trial) -> Place | None:
    """Return where the chain of gradients breaks: a detach, or the first operation that is not recorded."""
    for op in trial.flow.ops:
        if op not in trial.flow.live_ops and op.name != "detach":
            continue
        if not any(value in trial.flow.from_input or value in trial.flow.from_weights for value in op.inputs):
            continue
        place = evidence.line_of(op)
        named = bool(place) and op.frames and op.frames[0].file in evidence.files
        if op.name == "detach" and named and not _internal_detach(op):
            return place
        if not op.recording_grad and not op.name.startswith("add_"):
            return place
    return None


def _internal_detach(op: Op) -> bool:
    """Autograd detaches results that an operation saves; the user's own detach names itself in the line."""
    frame = op.frames[0]
    text = source.text_of(frame.file, frame.line)
    return "detach" not in text and ".data" not in text


def _shortcut_is_cut(join: Join) -> bool:
    """Tell whether autograd sees the residual at the sum, but not the input that the shortcut brings there."""
    if not join.op.recording_grad or join.residual_value in join.op.cut:
        return False
    if join.shortcut.weighted:
        return any(op.recording_grad and join.shortcut.flow.data(op) in op.cut for op in join.shortcut.weighted)
    on_the_way = join.shortcut.values | {join.shortcut_value}
    return any(not on_the_way.isdisjoint(op.cut) for op in (*join.shortcut.ops, join.op))


def _shortcut_cut_place(unit: Unit, join: Join) -> Place | None:
    """Return the line of the detach; `.data` is not an operation and is found in the text of the same function."""
    for op in join.shortcut.ops:
        place = unit.evidence.line_of(op)
        if op.name == "detach" and place is not None and not _internal_detach(op):
            return place
    cut = next((op for op in join.shortcut.ops if not join.shortcut.values.isdisjoint(op.cut)), None)
    place = unit.evidence.line_of(cut) if cut is not None else None
    if place is not None and ".data" in source.text_of(*place):
        return place
    at = unit.evidence.line_of(join.op)
    function = source.function_at(*at) if at is not None else None
    if at is None or function is None:
        return at
    lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    words = (".data", "detach", "no_grad")
    return next(((at[0], line) for line in lines if any(word in source.text_of(at[0], line) for word in words)), None)


@partial(
    Rule,
    code="R159",
    severity="warning",
    title="one convolution is frozen",
    message="{target}: {name} is frozen at its random initial weights while the others learn",
    evidence="requires_grad is False after construction",
    fix="- {code}\n+ leave requires_grad alone in the constructor",
    source="measured: requires_grad of each weight",
    wrong="self.conv2.weight.requires_grad = False",
    right="self.conv2 = nn.Conv2d(64, 64, 3, padding=1)",
)
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
                yield evidence.hit("R159", place, unit.trial, name=unit.trial.path_of(op))


def _is_frozen(weight: torch.Tensor) -> bool:
    """Fixed filters (blur, edges, wavelets) repeat their values; random weights that nobody trains do not.

    Half of them distinct, and more than 64 in number: no case of tests/check lies near either.
    """
    return not weight.requires_grad and weight.numel() > 64 and weight.unique().numel() > weight.numel() // 2


@partial(
    Rule,
    code="R172",
    severity="error",
    title="weights that start, and stay, without gradient",
    message="{target}: {count} parameters have a gradient of exactly zero in every step: {names}",
    evidence="six steps of gradient descent from the initial weights; one zero factor would have moved in the first",
    fix="- {code}\n+ let only one factor of a product start at zero",
    source="Zhang 2019 (Fixup) and Bachlechner 2020 (ReZero) start one factor at zero",
    wrong="nn.init.zeros_(self.conv2.weight); self.scale = nn.Parameter(torch.zeros(1))",
    right="nn.init.zeros_(self.conv2.weight); self.scale = nn.Parameter(torch.ones(1))",
    implies=("R144", "R145", "R173"),
)
def r172(evidence: Evidence) -> Iterator[Hit]:
    """Weights get no gradient at the start and never will: two factors are zero, or nothing passes an activation."""
    for trial in evidence.finished[:1]:
        if trial.brief or trial.failure is not None or not trial.at_zero:
            continue
        dead = dead_for_ever(trial)
        if dead and not _attends_to_one(trial) and not _takes_one_step(trial, dead):
            names = ", ".join(dead[:4])
            yield evidence.hit("R172", _zero_place(evidence, trial, dead), trial, names=names, count=len(dead))


def _attends_to_one(trial: Trial) -> bool:
    """Tell a softmax over one value, as attention to a map of one pixel: our image was too small for it."""
    found = [op for op in trial.tape.ops if op.name in ("_softmax", "softmax") and op.outputs]
    return any(trial.flow.shapes[op.outputs[0]][int(op.arguments.get("dim", -1))] == 1 for op in found)


def _takes_one_step(trial: Trial, dead: tuple[str, ...]) -> bool:
    """Tell the recurrent weights of a sequence of one step, which start from a state of zeros: ours was too short."""
    steps: dict[str, set[int]] = {}
    for call in trial.tape.calls:
        if isinstance(call.module, nn.RNNBase) and call.inputs:
            shape = trial.tape.shape[call.inputs[0]]
            length = shape[int(call.module.batch_first and len(shape) > 2)]
            steps.setdefault(call.path, set()).add(length)
    return all("weight_hh" in name and steps.get(name.rpartition(".")[0]) == {1} for name in dead)


def _is_called_by(evidence: Evidence, function: str) -> bool:
    """Tell a function of the file that the class hands its layers to: `zero_module(nn.Conv2d(…))`."""
    return bool(re.search(rf"(?<![.\w])(?<!def ){function}\(", source.class_text(evidence.file, evidence.class_name)))


def _modulates_by_zero(trial: Trial, op: Op) -> bool:
    """Tell a norm's result times zeros that are a piece of what a layer makes: the rest of it is a shift, or a gate."""
    if op.name not in ("mul", "mul_") or len(op.inputs) != 2:
        return False
    for normed, scale in itertools.permutations(op.inputs):
        norm, piece = (_beyond_views(trial.flow, value) for value in (normed, scale))
        zero = piece is not None and piece.name in _PIECES and not bool(trial.tape.tensor[scale].detach().any())
        if zero and norm is not None and norm.name in NORMS:
            return True
    return False


_PIECES = frozenset({"split", "split_with_sizes", "chunk", "unbind", "slice", "select"})


def _beyond_views(flow: Flow, value: int) -> Op | None:
    """Return the operation that made the value of which `value` is only a view."""
    maker = flow.maker(value)
    while maker is not None and (maker.name in SAME or _takes_all(flow, maker)):
        maker = flow.maker(maker.inputs[0])
    return maker


def _takes_all(flow: Flow, op: Op) -> bool:
    """Tell the slice `[:]` of an index such as `[:, None]`."""
    return op.name == "slice" and flow.shapes[op.inputs[0]] == flow.shapes[op.outputs[0]]


def _zero_place(evidence: Evidence, trial: Trial, dead: tuple[str, ...]) -> Place | None:
    """Return the line that sets to zero what is dead: by hand, or where a parameter of the class's own is made.

    First the line that multiplies a norm's result by a scale which a layer makes, and which starts at zero: that layer
    may start so, what it makes is added to 1 (Peebles 2023, adaLN-Zero).
    """
    modulating = next((op for op in trial.flow.ops if _modulates_by_zero(trial, op)), None)
    if modulating is not None and (place := evidence.line_of(modulating)) is not None:
        return place
    by_hand = source.initialising_line(evidence.file, evidence.class_name)
    helper = source.function_at(evidence.file, by_hand) if by_hand is not None else None
    if by_hand is not None and (helper is None or not _is_called_by(evidence, helper.name)):
        return evidence.file, by_hand
    parameters = dict(trial.module.named_parameters())
    zero = [
        name
        for name, parameter in parameters.items()
        if not bool(parameter.detach().any()) and (name in dead or not parameter.requires_grad)
    ]
    owners = {name: trial.module.get_submodule(name.rpartition(".")[0]) for name in zero}
    # biases start at zero in every layer
    order = {name: (type(owners[name]).__module__.startswith("torch"), name.endswith("bias")) for name in zero}
    for name in sorted(zero, key=lambda name: order[name]):
        owner, last = owners[name], name.rpartition(".")[2]
        line = source.attribute_line(evidence.file, type(owner).__name__, last)
        made = (evidence.file, line) if line else evidence.made_at(owner, trial)
        if made is not None:
            return made
    return None
