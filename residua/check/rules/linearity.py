"""Does something non-linear stand between two linear layers?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, PRODUCTS, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Arg, Op

_VIEWS = frozenset({"view", "_unsafe_view", "reshape", "alias", "clone", "unsqueeze", "squeeze", "expand", "t"})

_DATA = {"addmm": "mat1", "linear": "input"}  # what the operators call the one that is no weight; others say "self"


@partial(
    Rule,
    code="R197",
    severity="note",
    title="two linear layers with nothing between them",
    message="{target}: {first} and {second} follow one another without an activation; together they are one linear map",
    evidence="{first} makes {width} numbers, which {second} reads as they are",
    fix="- {code}\n+ an activation between them, as in self.{second}(F.silu(…))",
    source="labmlai/annotated_deep_learning_paper_implementations#165",
    wrong="h = h + self.time(t)            # t comes from a linear layer",
    right="h = h + self.time(F.silu(t))",
    once=True,
)
def r197(evidence: Evidence) -> Iterator[Hit]:
    """A linear layer reads what another one made; low-rank factors, which are narrow between them, are left out."""
    for trial in evidence.finished[:1]:
        flow = trial.eval_flow
        layers = {op: layer for op in flow.ops if op.name in PRODUCTS and (layer := _linear(evidence, trial, op))}
        for second, reader in layers.items():
            first = _made_by(flow, second)
            maker = layers.get(first) if first is not None else None
            if first is None or maker is None or maker is reader or not _is_one_map(flow, first, layers):
                continue
            narrow = maker.out_features < min(maker.in_features, reader.out_features)
            if not narrow and second in flow.live_ops:
                facts: dict[str, Any] = {"first": _path(trial, first), "second": _path(trial, second)}
                facts["width"] = maker.out_features
                grave = _conditions(flow, second) or _forgets_activation(trial, facts)
                severity = "warning" if grave else None
                yield evidence.hit("R197", _call_place(evidence, trial, second), trial, severity, **facts)


def _forgets_activation(trial: Trial, facts: dict[str, Any]) -> bool:
    """Tell two layers of one module that has an activation beside them, which nothing calls."""
    owner = facts["second"].rpartition(".")[0]
    if facts["first"].rpartition(".")[0] != owner:
        return False
    called = {id(call.module) for call in trial.eval_tape.calls}
    beside = trial.module.get_submodule(owner).children()
    return any(type(each).__module__.endswith("modules.activation") and id(each) not in called for each in beside)


def _conditions(flow: Flow, op: Op) -> bool:
    """Tell a vector an image that is added to a map, or scales it: a time's embedding has no other way to curve."""
    if len(flow.shapes[op.outputs[0]]) != 2:
        return False
    made, maps = {*op.outputs}, 0
    for user in flow.ops[flow.ops.index(op) + 1 :]:
        if not made.isdisjoint(user.inputs):
            if user.name in _VIEWS | {"split", "chunk", "split_with_sizes", "slice"}:
                made |= set(user.outputs)
            maps += user.name in ADDS | SCALINGS and len(flow.shapes[user.outputs[0]]) > 3
    return maps > 0


def _linear(evidence: Evidence, trial: Trial, op: Op) -> nn.Linear | None:
    layer = evidence.layer(op, trial)
    return layer if isinstance(layer, nn.Linear) else None


def _made_by(flow: Flow, op: Op) -> Op | None:
    """Return the operation that made what a product reads beside its weights, changes of view left out."""
    data = op.arguments.get(_DATA.get(op.name, "self"))
    maker = flow.maker(data.value) if isinstance(data, Arg) else None
    while maker is not None and maker.name in _VIEWS and maker.inputs:
        maker = flow.maker(maker.inputs[0])
    return maker


def _is_one_map(flow: Flow, first: Op, layers: dict[Op, nn.Linear]) -> bool:
    """Tell a result that only linear layers read: not an output, and not a sequence that attention projects thrice."""
    readers = [other for other in layers if _made_by(flow, other) is first]
    if _readers(flow, first) != {reader.index for reader in readers}:
        return False
    return len(readers) == 1 or len(flow.shapes[first.outputs[0]]) == 2


def _readers(flow: Flow, op: Op) -> set[int]:
    """Return the operations that read what `op` made, changes of view followed; -1 where it is an output."""
    found: set[int] = set()
    values = list(op.outputs)
    while values:
        value = values.pop()
        found |= {-1} if value in flow.outputs else set()
        for user in flow.users(value):
            if user.name in _VIEWS:
                values += user.outputs
            else:
                found.add(user.index)
    return found


def _path(trial: Trial, op: Op) -> str:
    return trial.eval_tape.calls[op.calls[-1]].path


def _call_place(evidence: Evidence, trial: Trial, op: Op) -> Place | None:
    """Return the line that calls a layer; that makes it where a Sequential calls it."""
    calls = [trial.eval_tape.calls[index] for index in op.calls]
    if len(calls) > 1 and isinstance(calls[-2].module, nn.Sequential):
        return evidence.made_at(calls[-1].module, trial)
    return evidence.line_of(op)
