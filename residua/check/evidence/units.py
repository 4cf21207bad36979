"""Where are the residual units of a whole network: in its block classes, or in its own forward?"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from residua.check.evidence.evidence import Evidence, Unit
from residua.check.evidence.flow import ACTIVATIONS, NORMS, SAME, Flow
from residua.check.evidence.joins import Join, find_joins
from residua.check.run.trial import Trial
from residua.record.tape import Call


def units_of_network(evidence: Evidence) -> Iterator[Unit]:
    """Yield a unit for every call of a block, and for every addition in a forward that is no block's, in order."""
    for trial in evidence.finished:
        found = []
        for call in block_calls(trial, evidence):
            flow = Flow.of_call(trial.tape, call)
            found.append(Unit(evidence, trial, flow, find_joins(flow), call))
        found += _written_out(evidence, trial, found)
        yield from sorted(found, key=lambda u: u.flow.start)


def block_calls(trial: Trial, evidence: Evidence) -> list[Call]:
    """Return the calls of modules that own an addition, or are of a class of which another instance owns one."""
    owners: set[int] = set()
    flow = trial.flow
    for op in flow.ops:
        if op.name in ("add", "add_", "sum", "addcmul", "sub") and len(op.inputs) > 1:
            index = evidence.owner(op, trial)
            if index is not None and index != 0:
                owners.add(index)
    kinds = {type(trial.tape.calls[i].module) for i in owners}
    found = []
    for call in trial.tape.calls[1:]:
        if type(call.module) in kinds and call.finished and call.inputs and _has_weights(call.module):
            found.append(call)
    return found


def _has_weights(module: nn.Module) -> bool:
    return any(p.dim() >= 3 for p in module.parameters())


def _written_out(evidence: Evidence, trial: Trial, blocks: list[Unit]) -> list[Unit]:
    """Return a unit for each addition of the network's own forward that spans no other addition: not a long skip."""
    joins = [j for j in trial.joins if evidence.owner(j.op, trial) == 0]
    spans = [(_start(trial, j), j.op.index) for j in joins]
    spans += [(u.flow.start, u.flow.end - 1) for u in blocks]
    found = []
    for join in joins:
        first, last = _start(trial, join), join.op.index
        if any(first <= a and b <= last and (a, b) != (first, last) for a, b in spans):
            continue
        found.append(_unit(evidence, trial, join, first))
    return found


def _start(trial: Trial, join: Join) -> int:
    return trial.tape.producer.get(join.shortcut.origin, -1) + 1


def _unit(evidence: Evidence, trial: Trial, join: Join, first: int) -> Unit:
    """Cut a unit out of a forward: from the value that both operands start from to the activation after the sum."""
    value, last = join.op.outputs[0], join.op.index
    while True:
        users = [op for op in trial.flow.users(value) if op.outputs and op.outputs[0] != value]
        if len(users) != 1 or users[0].name not in ACTIVATIONS | NORMS | SAME:
            break
        value, last = users[0].outputs[0], users[0].index
    flow = Flow(trial.tape, first, last + 1, (join.shortcut.origin,), (value,))
    call = Call(-1, nn.Identity(), "", 0, first, join.op.frames, flow.inputs, last + 1, (value,), True)
    return Unit(evidence, trial, flow, find_joins(flow), call)
