"""Is a value changed, or cut off from its gradient, while it is still needed?"""

from __future__ import annotations

from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, Unit
from residua.check.evidence.flow import ACTIVATIONS
from residua.check.evidence.joins import Join
from residua.check.evidence.liveness import round_trip
from residua.check.rules.crashes import hits_of
from residua.check.run.trial import Trial
from residua.record.tape import Op


def r108(evidence: Evidence) -> Iterator[Hit]:
    """An in-place operation changes the input while the shortcut still needs it."""
    for trial in evidence.finished:
        writes = _writes_to_input(trial) if trial.mutated else []
        if writes:
            op = writes[0]
            severity = None if op.name in ACTIVATIONS or _identity_changed(trial, op) else "warning"
            yield evidence.hit("R108", evidence.op_place(op, trial), trial, severity, what=op.name)
        elif trial.inplace_gap > 0:
            hidden = _write_before_join(evidence, trial)
            yield evidence.hit("R108", hidden, trial, what="relu_")


def _writes_to_input(trial: Trial) -> list[Op]:
    """Return the operations that wrote to the storage of the first input, in order."""
    flow = trial.flow
    storage = flow.tape.tensor[flow.inputs[0]].untyped_storage()._cdata
    return [o for o in flow.ops if any(flow.tape.tensor[v].untyped_storage()._cdata == storage for v, _ in o.writes)]


def _identity_changed(trial: Trial, op: Op) -> bool:
    """An addition into x that is itself the residual addition leaves the arithmetic right."""
    return not any(join.op is op for join in trial.joins)


def _write_before_join(evidence: Evidence, trial: Trial) -> Place | None:
    later: set[int] = set()
    for op in trial.flow.ops:
        for old, new in op.writes:
            users = [u for u in trial.flow.users(new) if u.index > op.index]
            if len(users) > 1 and op.name in ACTIVATIONS:
                later.add(old)
                return evidence.op_place(op, trial)
    written = [op for op in trial.flow.ops if op.writes and op.name in ACTIVATIONS]
    return evidence.op_place(written[0], trial) if written else None


def r109(evidence: Evidence) -> Iterator[Hit]:
    """Backward fails because a value it needs was changed in place."""
    yield from hits_of(evidence, "R109")


def r127(evidence: Evidence) -> Iterator[Hit]:
    """Parameters that take part get no gradient: detach, no_grad or .data cuts them off."""
    for trial in evidence.finished:
        if trial.failure is not None or not trial.without_grad:
            continue
        flow = trial.flow
        leaves = {name.partition(":")[2]: v for v, name in flow.tape.leaf.items() if name.startswith("param:")}
        cut = [n for n in trial.without_grad if n in leaves and leaves[n] in flow.live]
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
            if place is not None or unit.evidence.line_of(join.op) is None:  # else it was cut before it came here
                yield evidence.hit("R127", place, unit.trial, params="x (shortcut)", count=0)


def _shortcut_is_cut(join: Join) -> bool:
    """Tell whether autograd sees the residual at the sum, but not the input that the shortcut brings there."""
    if not join.op.recording_grad or join.residual_value in join.op.cut:
        return False
    if join.shortcut.weighted:
        return any(op.recording_grad and join.shortcut.flow.data(op) in op.cut for op in join.shortcut.weighted)
    return join.shortcut_value in join.op.cut


def _shortcut_cut_place(unit: Unit, join: Join) -> Place | None:
    """Return the line of the detach; `.data` is not an operation and is found in the text of the same function."""
    for op in join.shortcut.ops:
        place = unit.evidence.line_of(op)
        if op.name == "detach" and place is not None and not _internal_detach(op):
            return place
    at = unit.evidence.line_of(join.op)
    function = source.function_at(*at) if at is not None else None
    if at is None or function is None:
        return at
    lines = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    words = (".data", "detach", "no_grad")
    return next(((at[0], n) for n in lines if any(w in source.text_of(at[0], n) for w in words)), None)


def _cut_place(evidence: Evidence, trial: Trial) -> Place | None:
    """Return where the chain of gradients breaks: a detach, or the first operation that is not recorded."""
    for op in trial.flow.ops:
        if not trial.flow.is_live(op) and op.name != "detach":
            continue
        if not any(v in trial.flow.from_input or v in trial.flow.from_weights for v in op.inputs):
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
