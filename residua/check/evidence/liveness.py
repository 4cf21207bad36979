"""Which of the computed values is never used, and on which line was it lost?"""

from __future__ import annotations

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence
from residua.check.evidence.flow import ACTIVATIONS, ADDS, GATES, Flow
from residua.check.evidence.places import Place, first_frame
from residua.check.evidence.written import kept_line, rebinds_loop_variable
from residua.check.run.trial import Trial
from residua.record.tape import Op


def dead_weighted(flow: Flow) -> list[Op]:
    """Return convolutions and products of the input whose result no output is computed from."""
    return [op for op in flow.ops if op in flow.weighted and op not in flow.live_ops]


def in_tapped_part(trial: Trial, op: Op) -> bool:
    """Tell an operation of a part whose own result is dropped: it is called for what hooks take out of its inside."""
    dropped = (trial.tape.calls[index] for index in op.calls if index > 0)
    parts = [call for call in dropped if call.outputs and not set(call.outputs) & trial.flow.live]
    return any(call.start <= other.index < call.end for call in parts for other in trial.flow.live_ops)


def in_last_of_chain(trial: Trial, op: Op) -> bool:
    """Tell an operation in the last of several like parts, of which another result is used.

    What each part hands to the next one has no reader there: the last residual of WaveNet, beside its skip.
    """
    calls, live = trial.tape.calls, trial.flow.live
    for call in (calls[index] for index in op.calls if index > 0 and not calls[index].of_torch):
        before = [other for other in calls if type(other.module) is type(call.module) and other.index < call.index]
        last = not any(type(other.module) is type(call.module) for other in calls[call.index + 1 :])
        handed = all(len(other.outputs) == len(call.outputs) and set(other.outputs) <= live for other in before)
        if before and last and handed and live & set(call.outputs) and set(call.outputs) - live:
            return True
    return False


def lost_at(evidence: Evidence, trial: Trial, flow: Flow, op: Op) -> Place | None:
    """Return the line that let a dead operation's result go: of the outermost call inside `flow` that handed it out."""
    end = flow.last_computed_from(op)
    for other in flow.ops:
        instead = other.index > end.index and other in flow.live_ops and flow.drops(other)
        if instead and flow.chain(other.outputs[0]).origin in flow.inputs and not flow.depth[other.outputs[0]][1]:
            return evidence.line_beside(other, op) or evidence.line_of(other)  # a dropout reads the input instead
    for index in end.calls:
        call = trial.tape.calls[index]
        inside = flow.start <= call.start and call.end <= flow.end and index > 0 and call.finished
        if inside and set(end.outputs) & set(call.outputs) and not set(flow.outputs) & set(call.outputs):
            place = first_frame(call.frames, evidence.files) or evidence.line_of(end)
            kept = kept_line(*place) if place is not None else None
            return (place[0], kept) if place is not None and kept is not None else place
    return evidence.line_of(end)


def dead_sums(flow: Flow) -> list[Op]:
    """Return additions of two values of the input whose result, a map or a sequence, goes nowhere."""
    return [
        op
        for op in flow.ops
        if op.name in ADDS and op not in flow.live_ops and op in flow.additions and len(flow.shapes[op.outputs[0]]) > 2
    ]


def taken_twice(evidence: Evidence, flow: Flow, pieces: Op) -> Place | None:
    """Return the last line that reads a piece of a split which several operations of other lines read before it."""
    for value in pieces.outputs:
        users = [op for op in flow.users(value) if op in flow.live_ops and set(op.outputs) - set(op.inputs)]
        if len(users) > 1 and (any(op.name in ADDS for op in users) or _gates_itself(flow, value, users)):
            return evidence.line_of(users[-1])
    return None


def _gates_itself(flow: Flow, value: int, users: list[Op]) -> bool:
    """Tell a value that is multiplied by its own gate: `tanh(a) * sigmoid(a)`, `a * sigmoid(a)`."""
    forms = {value, *(op.outputs[0] for op in users if op.name in GATES | ACTIVATIONS)}
    products = [op for op in flow.ops if op.name in ("mul", "mul_") and len(set(op.inputs)) == 2]
    return any(set(op.inputs) <= forms for op in products)


def overwriting(evidence: Evidence, op: Op) -> Place | None:
    """Return the line that gives the variable of this operation's result another value before anybody reads it."""
    for frame in op.frames:
        if frame.file in evidence.files:
            if rebinds_loop_variable(frame.file, frame.line):
                return frame.file, frame.line
            lines = source.overwrites(frame.file, frame.line)
            if lines:
                return frame.file, lines[0]
    return None


def round_trip(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line where a value of the input leaves torch, through numpy or Python numbers, and comes back."""
    flow = trial.flow
    for op in flow.ops:
        if op.name == "detach" and op.frames and op not in flow.live_ops and op.inputs[0] in flow.from_input:
            place = evidence.line_of(op)
            if place is not None and "numpy" in source.text_of(*place):
                return place
    return None


def used_parameters(trial: Trial) -> set[str]:
    """Return the names of the parameters that some operation read, in training or in eval mode, aliases included."""
    found = set()
    for tape in (trial.tape, trial.eval_tape):
        read = {value for op in tape.ops for value in op.inputs}
        names = (name for value, name in tape.leaf.items() if value in read)
        found |= {name.partition(":")[2] for name in names if name.startswith("param:")}
    aliases: dict[int, list[str]] = {}
    for name, parameter in trial.module.named_parameters(remove_duplicate=False):
        aliases.setdefault(id(parameter), []).append(name)
    return found | {name for names in aliases.values() if not found.isdisjoint(names) for name in names}
