"""Is anything computed, with learned weights or without, whose result goes nowhere?"""

from __future__ import annotations

from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, first_frame
from residua.check.evidence.flow import ACTIVATIONS, ADDS, NORMS, SCALINGS, Flow
from residua.check.evidence.liveness import dead_end, dead_sums, dead_weighted
from residua.check.run.trial import Trial
from residua.record.tape import Op

_THROWN = ACTIVATIONS | {"native_dropout", "bernoulli_", "_softmax", "sigmoid"}


def r155(evidence: Evidence) -> Iterator[Hit]:
    """A layer's result is dropped although the block has its sum; in a network, a whole block's result."""
    yield from _dead_blocks(evidence)
    for unit in evidence.stretches:
        wasted = dead_weighted(unit.flow) if unit.joins or evidence.is_network else []
        for op in (each for each in wasted if not _used_later(unit.trial, unit.flow, each)):
            if (evidence.is_network or not _means_a_sibling(unit.flow, op)) and not _blamed_on_block(
                evidence, unit.trial, op
            ):
                place = _taken_instead(evidence, unit.flow, op) or evidence.line_of(dead_end(unit.flow, op))
                yield evidence.hit("R155", place, unit.trial, name=_path(unit.trial, op))
                break
    for trial in evidence.finished:
        wasted = [op for op in dead_weighted(trial.flow) if _taken_instead(evidence, trial.flow, op)]
        for op in dead_sums(trial.flow) if trial.joins and not wasted else []:
            if op.frames and op.frames[0].file in evidence.files and not evidence.is_network:
                yield evidence.hit("R155", evidence.line_of(op), trial, name="+")
        yield from _thrown_away(evidence, trial)
        yield from _without_effect(evidence, trial)


def _used_later(trial: Trial, flow: Flow, op: Op) -> bool:
    """Tell whether a later part of the network reads what this stretch of it leaves: a skip output in a list."""
    return flow is not trial.flow and trial.flow.is_live(op)


def _taken_instead(evidence: Evidence, flow: Flow, op: Op) -> Place | None:
    """Return the line of a later concatenation that takes what a wasted layer was given in place of what it made."""
    end = dead_end(flow, op)
    given = {v for v in flow.ancestors((flow.data(op),)) if flow.shape(v) == flow.shape(end.outputs[0])}
    taking = [o for o in flow.ops if o.name in ("cat", "stack") and flow.is_live(o) and o.index > op.index]
    return evidence.line_of(taking[0]) if taking and given & set(taking[0].inputs) else None


def _means_a_sibling(flow: Flow, op: Op) -> bool:
    """Tell a wasted first convolution, whose input a later one reads in its place: R103 tells of it."""
    before = flow.chain(flow.data(op))
    reads = before.origin
    return not (before.weighted and reads in flow.inputs) and any(
        o.index > op.index and flow.weighted(o) and flow.is_live(o) and flow.chain(flow.data(o)).origin == reads
        for o in flow.ops
    )


def _blamed_on_block(evidence: Evidence, trial: Trial, op: Op) -> bool:
    """Tell whether the operation lies in a block of a network whose whole result is dropped."""
    if not evidence.is_network:
        return False
    calls = [u.call for u in evidence.units if u.call is not None and u.trial is trial and u.joins]
    dead = {c.index for c in calls if c.outputs and not set(c.outputs) & trial.flow.live}
    return bool(dead & set(op.calls))


def _thrown_away(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A statement `F.relu(x)` or `torch.add(out, x)` alone: its result has no name."""
    flow = trial.flow
    for op in flow.ops:
        named = op.name in _THROWN or op.name in NORMS or op.name in ADDS
        if not named or op.writes or flow.is_live(op) or not set(op.inputs) & flow.from_input:
            continue
        if any(set(op.outputs) & set(o.inputs) for o in flow.ops[op.index + 1 :] if o.name != "detach"):
            continue
        place = evidence.line_of(op)
        if place is not None and (_is_bare(evidence, op, place) or _has_weights(trial, op)):
            name = "+" if op.name in ADDS else op.name.strip("_").removeprefix("native_")
            yield evidence.hit("R155", place, trial, "error", name=name)


def _has_weights(trial: Trial, op: Op) -> bool:
    """Tell a norm with learned weights from those that only watch."""
    names = [trial.tape.leaf.get(v, "") for v in op.inputs[1:3]]
    return op.name in NORMS and any(n.startswith("param") for n in names)


def _is_bare(evidence: Evidence, op: Op, place: Place) -> bool:
    own = [f for f in op.frames if f.file in evidence.files and f.function == "forward"]
    return bool(own) and source.statement_at(own[0].file, own[0].line) == "Expr" and place[1] == own[0].line


def _without_effect(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Parameters that were read, but whose every use ends nowhere: an embedding, a gate, a scale by `.item()`."""
    flow = trial.flow
    if trial.failure is not None or not trial.without_grad or not flow.outputs:
        return
    leaves = {name.partition(":")[2]: v for v, name in flow.tape.leaf.items() if name.startswith("param:")}
    for name in trial.without_grad:
        value = leaves.get(name)
        users = [op for op in flow.ops if value is not None and value in op.inputs and op.name not in ("alias",)]
        if value is None or value in flow.live or not users or _in_a_layer(flow, users[0]):
            continue
        end = dead_end(flow, users[0]) if users[0].outputs else users[0]
        yield evidence.hit("R155", evidence.line_of(end), trial, name=name.removesuffix(".weight"))
        return


def _in_a_layer(flow: Flow, op: Op) -> bool:
    return bool(set(op.inputs) & flow.from_input) and op.name not in ADDS | SCALINGS


def _dead_blocks(evidence: Evidence) -> Iterator[Hit]:
    """In `for block in blocks: y = block(x)` only the last block counts."""
    for unit in evidence.units if evidence.is_network else ():
        call, flow = unit.call, unit.trial.flow
        if call is not None and call.outputs and unit.joins and not set(call.outputs) & flow.live:
            place = first_frame(call.frames, evidence.files) or evidence.line_of(unit.joins[-1].op)
            yield evidence.hit("R155", place, unit.trial, name=call.path or "the sum")


def _path(trial: Trial, op: Op) -> str:
    return trial.tape.calls[op.calls[-1]].path if op.calls else op.name
