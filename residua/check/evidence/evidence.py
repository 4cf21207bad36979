"""What is known about a target before any rule looks at it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.flow import ACTIVATIONS, CONVS, NORMS, SAME, Flow
from residua.check.evidence.joins import Join, find_joins, style_of
from residua.check.evidence.places import Place, Places
from residua.check.run.learning import OneBatch
from residua.check.run.randomness import Passes
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Call, Frame, Op


@dataclass(frozen=True)
class Hit:
    """A rule that fired, before it is worded: where, how badly, the facts for its texts, and what it is about."""

    rule: str
    place: Place | None
    facts: dict[str, Any]
    severity: str | None = None
    trial: Trial | None = field(default=None, compare=False)
    unit: Unit | None = field(default=None, compare=False)
    join: Join | None = field(default=None, compare=False)
    op: Op | None = field(default=None, compare=False)


@dataclass
class Evidence(Places):
    """A target's trials, its files, and what kind of thing it is.

    options: the trials of one optional argument each. unresized: those of other channels without the resizing that a
    flag asks for. uneven: a trial on prime sides at which two values do not meet.
    oblong: one on a map twice as wide as high, where squares run. passes: what many passes in train mode show of a
    block that takes chances. one_batch: how a network learnt one batch, where that was asked for. crashes: what the
    trials that did not run say; None until somebody asks.
    """

    name: str
    trials: list[Trial]
    is_network: bool = False
    claims_residual: bool = True
    options: Sequence[Trial] = ()
    unresized: Sequence[Trial] = ()
    uneven: Trial | None = None
    oblong: Trial | None = None
    passes: Passes | None = None
    one_batch: OneBatch | None = None
    crashes: list[Hit] | None = None
    devices: Sequence[tuple[Frame, ...]] = ()

    def hit(
        self, rule: str, place: Place | None, trial: Trial | None = None, severity: str | None = None, **facts: Any
    ) -> Hit:
        """Make a Hit; `code` and `target` are filled in."""
        facts.setdefault("target", self.class_name)
        facts.setdefault("trial", trial.name if trial else "")
        facts.setdefault("code", source.text_of(*place) if place else "")
        return Hit(rule, place or self.fallback, facts, severity, trial)

    @cached_property
    def same(self) -> Trial | None:
        """The trial that keeps the shape and ran to the end; None when there is none."""
        for trial in self.trials:
            if trial.ran and trial.kind in (Kind.SAME, Kind.AS_GIVEN) and trial.out_shape == trial.in_shape:
                return trial
        return None

    @cached_property
    def finished(self) -> list[Trial]:
        """Trials whose forward pass ran to the end."""
        return [trial for trial in self.trials if trial.ran]

    @cached_property
    def style(self) -> str:
        """Name of the block's style."""
        if self.is_network:
            return "network"
        best = self.same or (self.finished[0] if self.finished else None)
        return style_of(best.flow, best.joins) if best else "did not run"

    @cached_property
    def units(self) -> list[Unit]:
        """The residual units to look at: the block in each trial, or each block inside a network."""
        return list(_units_of_network(self)) if self.is_network else self._whole

    @cached_property
    def stretches(self) -> list[Unit]:
        """The units, and for a network its own forward as a whole."""
        return [*self.units, *self._whole] if self.is_network else self.units

    @cached_property
    def _whole(self) -> list[Unit]:
        return [Unit(self, trial, trial.flow, trial.joins, None) for trial in self.finished]


@dataclass
class Unit:
    """One residual unit: a stretch of a trial, its additions, and the module that it is."""

    evidence: Evidence
    trial: Trial
    flow: Flow
    joins: list[Join]
    call: Call | None

    def hit(
        self,
        rule: str,
        place: Place | None,
        severity: str | None = None,
        join: Join | None = None,
        op: Op | None = None,
        **facts: Any,
    ) -> Hit:
        """Make a Hit about this unit, its addition and one operation, so that a published design can be told apart."""
        made = self.evidence.hit(rule, place, self.trial, severity, **facts)
        return replace(made, unit=self, join=join, op=op)

    @cached_property
    def main(self) -> Join | None:
        """The last residual addition."""
        return self.joins[-1] if self.joins else None

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of what comes in."""
        return self.flow.shapes[self.flow.inputs[0]] if self.flow.inputs else ()

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of what goes out."""
        return self.flow.shapes[self.flow.outputs[0]] if self.flow.outputs else ()

    def kernels(self, join: Join) -> list[int]:
        """Return the largest kernel side of each weighted operation of the residual, in order."""
        return [op.side for op in join.residual.weighted]

    def steps(self, join: Join) -> list[str]:
        """Return the names of the residual's operations in order, changes of view left out."""
        return [op.name for op in reversed(join.residual.ops) if op.name not in SAME]

    def starts_with_conv(self, join: Join) -> bool:
        """Tell whether the residual begins with a convolution, as post-activation blocks do."""
        whole = self.flow.chain(join.residual_value).ops
        for name in [op.name for op in reversed(whole)]:
            if name in CONVS:
                return True
            if name in NORMS or name in ACTIVATIONS:
                return False
        return False

    def batch_norms(self, join: Join) -> list[Op]:
        """Return the residual's batch norms; instance norm, which runs as one on a reshaped batch, is left out."""
        batch = self.in_shape[:1]
        norms = [op for op in join.residual.norms if "batch_norm" in op.name]
        return [op for op in norms if self.flow.shapes[op.outputs[0]][:1] == batch]


def _units_of_network(evidence: Evidence) -> Iterator[Unit]:
    """Yield a unit for every call of a block, and for every addition in a forward that is no block's, in order."""
    for trial in evidence.finished:
        found = []
        for call in block_calls(trial):
            flow = Flow.of_call(trial.tape, call)
            found.append(Unit(evidence, trial, flow, find_joins(flow), call))
        found += _written_out(evidence, trial, found)
        yield from sorted(found, key=lambda unit: unit.flow.start)


def block_calls(trial: Trial) -> list[Call]:
    """Return the calls of modules that own an addition, or are of a class of which another instance owns one."""
    calls = trial.tape.calls
    adding = [op for op in trial.flow.ops if op.name in _ADDING and len(op.inputs) > 1]
    owners = {trial.tape.owner(op) for op in adding} - {None, 0}
    kinds = {type(calls[index].module) for index in owners if index is not None}
    ran = [call for call in calls[1:] if type(call.module) in kinds and call.finished and call.inputs]
    return [call for call in ran if _has_weights(call.module)]


_ADDING = ("add", "add_", "sum", "addcmul", "sub")


def _has_weights(module: nn.Module) -> bool:
    return any(parameter.dim() >= 2 for parameter in module.parameters())


def _written_out(evidence: Evidence, trial: Trial, blocks: list[Unit]) -> list[Unit]:
    """Return a unit for each addition of the network's own forward that spans no other addition: not a long skip."""
    joins = [join for join in trial.joins if trial.tape.owner(join.op) == 0]
    spans = [(_start(trial, join), join.op.index) for join in joins]
    spans += [(unit.flow.start, unit.flow.end - 1) for unit in blocks]
    found = []
    for join in joins:
        own = first, last = _start(trial, join), join.op.index
        if not any(first <= start and end <= last and (start, end) != own for start, end in spans):
            found.append(_cut_out(evidence, trial, join, first))
    return found


def _start(trial: Trial, join: Join) -> int:
    return trial.tape.producer.get(join.shortcut.origin, -1) + 1


def _cut_out(evidence: Evidence, trial: Trial, join: Join, first: int) -> Unit:
    """Cut a unit out of a forward: from the value that both operands start from to the activation after the sum."""
    value, last = join.op.outputs[0], join.op.index
    while True:
        users = [op for op in trial.flow.users(value) if op.outputs and op.outputs[0] != value]
        if len(users) != 1 or users[0].name not in ACTIVATIONS | NORMS | SAME:
            break
        value, last = users[0].outputs[0], users[0].index
    flow = Flow(trial.tape, first, last + 1, (join.shortcut.origin,), (value,))
    call = Call(-1, nn.Identity(), "", None, first, join.op.frames, flow.inputs, last + 1, (value,), finished=True)
    return Unit(evidence, trial, flow, find_joins(flow), call)
