"""Is a value changed in place while the shortcut, the caller or backward still needs it?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ACTIVATIONS
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R108",
    severity="error",
    title="an in-place operation changes the input",
    message="{target}: {what} writes into a tensor that the shortcut or the caller still needs",
    evidence="the values differ after the call ({trial})",
    fix="- {code}\n+ the same line with inplace=False, or out = out + x for out += x",
    source="rosinality/vq-vae-2-pytorch#60",
    wrong="self.body = nn.Sequential(nn.ReLU(inplace=True), conv)\nreturn x + self.body(x)   # x is relu(x) by now",
    right="self.body = nn.Sequential(nn.ReLU(), conv)\nreturn x + self.body(x)",
    implies=("R109",),
    once=True,
)
def r108(evidence: Evidence) -> Iterator[Hit]:
    """An in-place operation changes the input while the shortcut still needs it."""
    for trial in evidence.finished:
        writes = _writes_to_input(trial) if trial.mutated else []
        if writes:
            op = writes[0]
            severity = None if op.name in ACTIVATIONS or _identity_changed(trial, op) else "warning"
            yield evidence.hit("R108", evidence.op_place(op, trial), trial, severity, what=op.name)
        elif trial.inplace_gap > 0 and not _called_to_write(evidence, trial):
            hidden = _write_to_shortcut(evidence, trial) or _write_to_given(evidence, trial)
            hidden = hidden or _write_before_join(evidence, trial)
            yield evidence.hit("R108", hidden, trial, what="relu_")


def _called_to_write(evidence: Evidence, trial: Trial) -> bool:
    """Tell an activation that is called for its writing alone, `self.relu(x)`: without it the result is another."""
    calls = (
        trial.tape.calls[op.calls[-1]] for op in trial.flow.ops if op.writes and op.name in ACTIVATIONS and op.calls
    )
    places = (first_frame(call.frames, evidence.files) for call in calls if _is_activation(call.module))
    return any(place is not None and source.is_bare_call(*place) for place in places)


def _writes_to_input(trial: Trial) -> list[Op]:
    """Return the operations that wrote to the storage of the first input, in order."""
    flow = trial.flow
    storage = flow.tape.tensor[flow.inputs[0]].untyped_storage()._cdata
    return [
        op
        for op in flow.ops
        if any(flow.tape.tensor[value].untyped_storage()._cdata == storage for value, _ in op.writes)
    ]


def _identity_changed(trial: Trial, op: Op) -> bool:
    """An addition into x that is itself the residual addition leaves the arithmetic right."""
    return not any(join.op is op for join in trial.joins)


def _write_to_shortcut(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of an activation that writes into what the module that adds was given, and adds later on."""
    for join in (join for unit in evidence.units if unit.trial is trial for join in unit.joins):
        owner = trial.tape.calls[trial.tape.owner(join.op) or 0]
        for op in trial.flow.ops[owner.start : join.op.index]:
            written = any(old in owner.inputs and new in join.shortcut.values for old, new in op.writes)
            if written and op.name in ACTIVATIONS:
                return evidence.op_place(op, trial)
    return None


def _write_to_given(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of an activation inside a part that writes into what it was given, and what others read later."""
    flow, calls = trial.flow, trial.tape.calls
    for op in (op for op in flow.ops if op.name in ACTIVATIONS):
        around = [calls[index] for index in op.calls if index > 0 and not _is_activation(calls[index].module)]
        for old, new in op.writes:
            ends = [call.end for call in around if old in call.inputs]
            if any(user.index >= end for user in flow.users(new) for end in ends):
                return evidence.op_place(op, trial)
    return None


def _is_activation(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.nn.modules.activation")


def _write_before_join(evidence: Evidence, trial: Trial) -> Place | None:
    later: set[int] = set()
    for op in trial.flow.ops:
        for old, new in op.writes:
            users = [user for user in trial.flow.users(new) if user.index > op.index]
            if len(users) > 1 and op.name in ACTIVATIONS:
                later.add(old)
                return evidence.op_place(op, trial)
    written = [op for op in trial.flow.ops if op.writes and op.name in ACTIVATIONS]
    return evidence.op_place(written[0], trial) if written else None


@partial(
    Rule,
    code="R109",
    severity="error",
    title="backward fails after an in-place operation",
    message="{target}: this in-place operation changes a value that backward needs",
    evidence="{error}",
    fix="- {code}\n+ out = out + identity",
    source="pytorch/vision#807",
    wrong="out = torch.sigmoid(self.conv(x))\nout += x",
    right="out = torch.sigmoid(self.conv(x))\nout = out + x",
    with_options=True,
)
def r109(evidence: Evidence) -> Iterator[Hit]:
    """Backward fails because a value it needs was changed in place."""
    yield from hits_of(evidence, "R109")
