"""Is anything computed, with learned weights or without, whose result goes nowhere?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, ADDS, CONVS, NORMS, RANDOM, SCALINGS, Flow
from residua.check.evidence.liveness import (
    dead_sums,
    dead_weighted,
    in_last_of_chain,
    in_tapped_part,
    lost_at,
    overwriting,
)
from residua.check.evidence.places import Place, first_frame, is_shortcut_layer
from residua.check.evidence.written import rebinds_loop_variable
from residua.check.rules.addition import adds_to_itself
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R101",
    severity="error",
    title="the residual or the sum is overwritten or never returned",
    message=(
        "{target}: the residual's result is thrown away here, so the block does not compute residual(x) + shortcut(x)"
    ),
    evidence="{lost} ran, and no output is computed from it",
    fix="- {code}\n+ identity = x if self.skip is None else self.skip(x)\n+ out = out + identity",
    source="He 2016a eq. 1",
    wrong="out = self.block(x)\nout = self.skip(x)      # the block's result is gone\nout = out + x",
    right="out = self.block(x)\nidentity = self.skip(x)\nout = out + identity",
    implies=(
        "R102",
        "R103",
        "R104",
        "R105",
        "R106",
        "R107",
        "R108",
        "R109",
        "R114",
        "R115",
        "R116",
        "R118",
        "R120",
        "R126",
        "R127",
        "R151",
        "R152",
        "R153",
        "R155",
    ),
    once=True,
    with_options=True,
    grave_with_options=True,
)
def r101(evidence: Evidence) -> Iterator[Hit]:
    """The residual, or the sum, is computed and then overwritten or never returned."""
    yield from hits_of(evidence, "R101")
    for unit in evidence.units or evidence.stretches:
        place = _thrown_away(unit)
        if place is not None:
            facts: dict[str, Any] = {"lost": ", ".join(_names(unit, dead_weighted(unit.flow))) or "the sum"}
            yield evidence.hit("R101", place, unit.trial, **facts)


def _thrown_away(unit: Unit) -> Place | None:
    flow, evidence = unit.flow, unit.evidence
    good = [join for join in unit.joins if join.residual_value in flow.depth]
    dead_adds = [op for op in flow.additions if op.name in ADDS and op not in flow.live_ops]
    if good:
        return None
    for op in dead_adds:
        values = flow.additions[op]
        with_weights = any(flow.depth.get(value, (0, 0))[1] for value in values)
        if with_weights and len({flow.shapes[value] for value in values}) == 1:
            return overwriting(evidence, op) or _used_instead(evidence, flow, op, values) or evidence.line_of(op)
    doubled = {evidence.line_of(op) for op in flow.additions if op in flow.live_ops and adds_to_itself(flow, op)}
    places = (overwriting(evidence, flow.last_computed_from(op)) for op in dead_weighted(flow))
    return next((place for place in places if place is not None and place not in doubled), None)


def _used_instead(evidence: Evidence, flow: Flow, add: Op, values: tuple[int, ...]) -> Place | None:
    """Where the sum has a name that nobody reads, the mistake is the line that reads an operand in its place."""
    own = evidence.line_of(add)
    if own is None or source.statement_at(*own) != "Assign":
        return None
    later = [op for op in flow.ops if op.index > add.index and op in flow.live_ops and set(op.inputs) & set(values)]
    return evidence.line_beside(later[0], add) if later else None


def _names(unit: Unit, ops: list[Op]) -> list[str]:
    return list(dict.fromkeys(unit.trial.path_of(op) or op.name for op in ops))


@partial(
    Rule,
    code="R103",
    severity="error",
    title="a later convolution reads the block's input; an earlier one is wasted",
    message="{target}: this convolution reads the block's input, so {wasted} has no effect on the output",
    evidence="{wasted} ran, but the output does not depend on it",
    fix="- {code}\n+ pass the previous result instead of x",
    source="He 2016a Fig. 5",
    wrong="out = F.relu(self.bn1(self.conv1(x)))\nout = self.bn2(self.conv2(x))",
    right="out = F.relu(self.bn1(self.conv1(x)))\nout = self.bn2(self.conv2(out))",
    implies=("R102", "R112", "R116", "R118", "R126", "R127", "R154", "R155"),
    with_options=True,
    grave_with_options=True,
)
def r103(evidence: Evidence) -> Iterator[Hit]:
    """A later convolution reads the block's input, so that an earlier one is wasted."""
    yield from hits_of(evidence, "R103")
    for unit in evidence.units:
        for dead in dead_weighted(unit.flow) if unit.call is None or unit.call.index >= 0 else []:
            if is_shortcut_layer(dead, unit.trial) or _unused_projection(unit, dead) or _is_subtracted(unit, dead):
                continue
            if unit.joins and _is_rebound(evidence, unit.flow, dead):
                continue  # R155 tells of it
            reader = _reader_in_its_place(unit, dead)
            if reader is not None:
                place = overwriting(evidence, unit.flow.last_computed_from(dead)) or evidence.line_beside(reader, dead)
                place = _dropped_instead(unit, dead, reader) or place or evidence.line_of(reader)
                place = _around_both(unit, dead, reader) or place
                yield evidence.hit("R103", place, unit.trial, wasted=", ".join(_names(unit, [dead])))


def _around_both(unit: Unit, dead: Op, reader: Op) -> Place | None:
    """Return the line that calls the part with the later convolution, where another one like it has the wasted one."""
    tape = unit.trial.tape
    owners = [tape.owner(op) for op in (dead, reader)]
    kinds = {type(tape.calls[index].module) for index in owners if index is not None}
    shared = [index for index in dead.calls if index in reader.calls]
    if None in owners or owners[0] == owners[1] or len(kinds) != 1 or not shared:
        return None
    return unit.evidence.line_within(reader, shared[-1], tape)


def _is_rebound(evidence: Evidence, flow: Flow, dead: Op) -> bool:
    """Tell a result whose name is the variable of the loop around it: the next turn gives it another value."""
    frames = flow.last_computed_from(dead).frames
    return any(frame.file in evidence.files and rebinds_loop_variable(frame.file, frame.line) for frame in frames)


def _is_subtracted(unit: Unit, dead: Op) -> bool:
    """Tell a result that was taken from the input before it went nowhere: the next stage was to read the rest."""
    end = unit.flow.last_computed_from(dead)
    return end.name in ("sub", "sub_", "rsub") and end in unit.flow.additions


def _unused_projection(unit: Unit, dead: Op) -> bool:
    """A 1×1 whose result never meets the residual is a forgotten shortcut, not a wasted first convolution."""
    low = min((unit.flow.depth.get(value, (0, 0))[0] for value in unit.flow.outputs), default=0)
    return not unit.joins and low >= 2 and dead.side == 1


def _dropped_instead(unit: Unit, dead: Op, reader: Op) -> Place | None:
    """Return the line of a dropout that reads what the wasted convolution was given, on the later one's way alone."""
    flow = unit.flow
    shared = flow.chain(flow.data(dead)).ops
    drops = [op for op in flow.chain(flow.data(reader)).ops if op not in shared and flow.drops(op)]
    return unit.evidence.line_beside(drops[-1], dead) if drops else None


def _reader_in_its_place(unit: Unit, dead: Op) -> Op | None:
    """Return the later convolution that reads what a wasted one was given, and is meant as no shortcut."""
    flow = unit.flow
    origin = flow.chain(flow.data(dead)).origin
    for op in flow.ops:
        if op.index <= dead.index or op not in flow.weighted or op not in flow.live_ops:
            continue
        chain = flow.chain(flow.data(op))
        projects = any(op in join.shortcut.ops for join in unit.joins) or (not unit.joins and op.name not in CONVS)
        named = is_shortcut_layer(op, unit.trial) and op.side == 1
        if chain.origin == origin and not chain.weighted and not projects and not named:
            return op
    return None


@partial(
    Rule,
    code="R155",
    severity="error",
    title="a convolution's result is dropped",
    message="{target}: {name} runs, and its result goes nowhere",
    evidence="no output is computed from {name}",
    fix="- {code}\n+ assign the result and use it",
    source="measured: not alive in the executed graph",
    wrong="self.conv2(out)\nreturn out + x",
    right="out = self.conv2(out)\nreturn out + x",
    implies=("R106", "R107", "R126", "R127", "R156", "R157"),
    with_options=True,
)
def r155(evidence: Evidence) -> Iterator[Hit]:
    """A layer's result is dropped although the block has its sum; in a network, a whole block's result."""
    yield from _dead_blocks(evidence)
    for unit in evidence.stretches:
        wasted = dead_weighted(unit.flow) if unit.joins or evidence.is_network else []
        op = next((each for each in wasted if not _is_explained(unit, each)), None)
        if op is not None:
            place = _taken_instead(evidence, unit.flow, op) or lost_at(evidence, unit.trial, unit.flow, op)
            severity = _severity(unit.trial, op)
            yield evidence.hit("R155", place, unit.trial, severity, name=unit.trial.path_of(op))
    for trial in evidence.finished:
        wasted = [op for op in dead_weighted(trial.flow) if _taken_instead(evidence, trial.flow, op)]
        for op in dead_sums(trial.flow) if trial.joins and not wasted else []:
            if op.frames and op.frames[0].file in evidence.files and not evidence.is_network:
                yield evidence.hit("R155", evidence.line_of(op), trial, name="+")
        yield from _unnamed(evidence, trial)
        yield from _pooled_for_nothing(evidence, trial)
        yield from _drawn_for_nothing(evidence, trial)
        yield from _without_effect(evidence, trial)


def _severity(trial: Trial, op: Op) -> str | None:
    return "note" if in_tapped_part(trial, op) or in_last_of_chain(trial, op) else None


def _dead_blocks(evidence: Evidence) -> Iterator[Hit]:
    """In `for block in blocks: y = block(x)` only the last block counts."""
    for unit in evidence.units if evidence.is_network else ():
        call, flow = unit.call, unit.trial.flow
        if call is not None and call.outputs and unit.joins and not set(call.outputs) & flow.live:
            place = first_frame(call.frames, evidence.files) or evidence.line_of(unit.joins[-1].op)
            yield evidence.hit("R155", place, unit.trial, name=call.path or "the sum")


def _is_explained(unit: Unit, op: Op) -> bool:
    """Tell a wasted layer that something else explains: a later part of the network, R103, or its whole block."""
    if unit.flow is not unit.trial.flow and op in unit.trial.flow.live_ops:
        return True  # a later part reads what this stretch leaves: a skip output in a list
    of_a_block = not unit.evidence.is_network
    sibling = of_a_block and not _is_rebound(unit.evidence, unit.flow, op) and _means_a_sibling(unit.flow, op)
    return sibling or _blamed_on_block(unit.evidence, unit.trial, op)


def _means_a_sibling(flow: Flow, op: Op) -> bool:
    """Tell a wasted first convolution, whose input a later one reads in its place: R103 tells of it."""
    before = flow.chain(flow.data(op))
    reads = before.origin
    return not (before.weighted and reads in flow.inputs) and any(
        other.index > op.index
        and other in flow.weighted
        and other in flow.live_ops
        and flow.chain(flow.data(other)).origin == reads
        for other in flow.ops
    )


def _blamed_on_block(evidence: Evidence, trial: Trial, op: Op) -> bool:
    """Tell whether the operation lies in a block of a network whose whole result is dropped."""
    if not evidence.is_network:
        return False
    calls = [unit.call for unit in evidence.units if unit.call is not None and unit.trial is trial and unit.joins]
    dead = {call.index for call in calls if call.outputs and not set(call.outputs) & trial.flow.live}
    return bool(dead & set(op.calls))


def _taken_instead(evidence: Evidence, flow: Flow, op: Op) -> Place | None:
    """Return the line of a later concatenation that takes what a wasted layer was given in place of what it made."""
    end = flow.last_computed_from(op)
    given = {value for value in flow.ancestors((flow.data(op),)) if flow.shapes[value] == flow.shapes[end.outputs[0]]}
    later = (other for other in flow.ops if other.index > op.index and other in flow.live_ops)
    taking = [other for other in later if other.name in ("cat", "stack")]
    return evidence.line_of(taking[0]) if taking and given & set(taking[0].inputs) else None


_CHANGES = frozenset({"masked_fill", "where", "flip", "roll", "clamp", "cat", "scatter", "tril", "triu", "exp", "sqrt"})
_THROWN = ACTIVATIONS | SCALINGS | {"native_dropout", "bernoulli_", "_softmax", "sigmoid"}


def _unnamed(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A statement `F.relu(x)` or `torch.add(out, x)` alone: its result has no name."""
    flow = trial.flow
    for op in flow.ops:
        named = op.name in _THROWN or op.name in NORMS or op.name in ADDS or op.name in _CHANGES
        if not named or op.writes or op in flow.live_ops or not set(op.inputs) & flow.from_input:
            continue
        if any(set(op.outputs) & set(other.inputs) for other in flow.ops[op.index + 1 :] if other.name != "detach"):
            continue
        place = evidence.line_of(op)
        if place is not None and (_is_bare(evidence, op, place) or _has_weights(trial, op)):
            name = "+" if op.name in ADDS else op.name.strip("_").removeprefix("native_")
            yield evidence.hit("R155", place, trial, "error", name=name)


_POOLS = frozenset(
    {"mean", "amax", "_adaptive_avg_pool2d", "avg_pool2d", "max_pool2d_with_indices", "adaptive_max_pool2d"}
    | {"avg_pool1d", "adaptive_avg_pool1d", "_adaptive_avg_pool3d", "avg_pool3d", "upsample_nearest2d"}
)


def _pooled_for_nothing(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """`s = pool(x)`, and the next line gives s another value of x: what was squeezed is the whole map."""
    flow = trial.flow
    for op in flow.ops:
        if op.name not in _POOLS or op in flow.live_ops or not set(op.inputs) & flow.from_input:
            continue
        if not any(set(op.outputs) & set(other.inputs) for other in flow.ops[op.index + 1 :]):
            place = overwriting(evidence, op)
            if place is not None:
                yield evidence.hit("R155", place, trial, name=op.name.strip("_") + "()")


def _drawn_for_nothing(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A statement `self.drop_path(x)` alone: numbers are drawn, and what was made with them has no name."""
    flow, seen = trial.flow, set()
    for drawn in (op for op in flow.ops if op.name in RANDOM):
        for frame in drawn.frames:
            place = frame.file, frame.line
            if frame.file not in evidence.files or place in seen or not source.is_bare_call(*place):
                continue
            seen.add(place)
            inside = [op for op in flow.ops if frame in op.frames]
            made = {value for op in inside for value in op.outputs}
            writes = any(old not in made for op in inside for old, _ in op.writes)
            used = made & {value for op in flow.ops if op not in inside for value in op.inputs} - {*flow.inputs}
            reads = {value for op in inside for value in op.inputs if value not in made}
            shapes = {flow.shapes[value] for value in reads & flow.depth.keys()}
            if not writes and not used and flow.shapes[inside[-1].outputs[0]] in shapes:
                yield evidence.hit("R155", place, trial, "warning", name=source.text_of(*place))


def _is_bare(evidence: Evidence, op: Op, place: Place) -> bool:
    own = [frame for frame in op.frames if frame.file in evidence.files and frame.function == "forward"]
    bare = bool(own) and source.statement_at(own[0].file, own[0].line) == "Expr" and place[1] == own[0].line
    return bare and not re.search(r"\.(append|extend|insert|update)\(", source.text_of(*place))  # a list keeps it


def _has_weights(trial: Trial, op: Op) -> bool:
    """Tell a norm with learned weights from those that only watch."""
    names = [trial.tape.leaf.get(value, "") for value in op.inputs[1:3]]
    return op.name in NORMS and any(name.startswith("param") for name in names)


def _without_effect(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Parameters that were read, but whose every use ends nowhere: an embedding, a gate, a scale by `.item()`."""
    flow = trial.flow
    if trial.failure is not None or not trial.without_grad or not flow.outputs:
        return
    leaves = {name.partition(":")[2]: value for value, name in flow.tape.leaf.items() if name.startswith("param:")}
    for name in trial.without_grad:
        value = leaves.get(name)
        users = [op for op in flow.ops if value is not None and value in op.inputs and op.name != "alias"]
        if value is None or value in flow.live or not users or _in_a_layer(flow, users[0]):
            continue
        place = lost_at(evidence, trial, flow, users[0]) if users[0].outputs else evidence.line_of(users[0])
        severity = _severity(trial, users[0])
        yield evidence.hit("R155", place, trial, severity, name=name.removesuffix(".weight"))
        return


def _in_a_layer(flow: Flow, op: Op) -> bool:
    return bool(set(op.inputs) & flow.from_input) and op.name not in ADDS | SCALINGS
