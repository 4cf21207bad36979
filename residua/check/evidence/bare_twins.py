"""Where does a network's own forward do what its residuals do, without adding its input?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from residua.check.evidence.evidence import Evidence, Unit
from residua.check.evidence.flow import ACTIVATIONS, NORMS, POOLS, SAME, Flow
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op

_SIBLINGS = 2  # with one, the two convolutions before the only residual block of a small network would count as one
_AROUND = ACTIVATIONS | NORMS | POOLS | {"constant_pad_nd", "bernoulli_", "mul"}


_Signature = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Twin:
    """The operations of a stretch without a sum, and those of its siblings that have one."""

    ops: tuple[Op, ...]
    siblings: tuple[Unit, ...]


def bare_twins(evidence: Evidence, trial: Trial) -> Iterator[Twin]:
    """Yield each stretch of a network's own forward that repeats, without a sum, the residual of two or more additions.

    It stands between two additions, or after the last one and before a pool; before the first one only after a
    convolution, and where residuals begin with a norm or an activation: a stem of three convolutions looks alike.
    """
    written = [unit for unit in evidence.units if unit.trial is trial and unit.call is not None and unit.call.index < 0]
    written = [unit for unit in written if unit.main is not None]
    ends = frozenset(unit.main.op.outputs[0] for unit in written if unit.main is not None)
    before = [(_steps(trial.flow, unit.flow.inputs[0], ends), unit is not written[0]) for unit in written]
    last = _steps(trial.flow, trial.flow.outputs[0], ends)
    for signature, siblings in _families(written).items():
        found = [_between(ops, signature, after_sum) for ops, after_sum in before] + [_at_the_end(last, signature)]
        for ops in found:
            if ops and _keeps_shape(trial.flow, ops):
                yield Twin(tuple(ops), siblings)


def _between(ops: list[Op], signature: _Signature, after_sum: bool) -> list[Op]:
    """Return the stretch before an addition that has this signature, pools and activations around it left out."""
    while ops and ops[-1].name in _AROUND and _signed(ops[-1:]) != signature[-1:]:
        ops = ops[:-1]
    lead, found = ops[: -len(signature)], ops[-len(signature) :]
    if _signed(found) != signature:
        return []
    bare = all(op.name in _AROUND for op in lead)
    enters = not after_sum and not bare and signature[0][0] in ACTIVATIONS | NORMS
    return found if enters or (bare and after_sum) else []


def _at_the_end(ops: list[Op], signature: _Signature) -> list[Op]:
    """Return the stretch after the last addition that has this signature and ends before a pool."""
    while ops and ops[0].name in _AROUND and _signed(ops[: len(signature)]) != signature:
        ops = ops[1:]
    rest = [op.name for op in ops[len(signature) :] if op.name not in ACTIVATIONS | NORMS]
    return (
        ops[: len(signature)] if _signed(ops[: len(signature)]) == signature and rest[:1] and rest[0] in POOLS else []
    )


def _families(units: list[Unit]) -> dict[_Signature, tuple[Unit, ...]]:
    """Return the units with two or more weighted layers by what their residuals do."""
    found: dict[_Signature, tuple[Unit, ...]] = {}
    for unit in units:
        assert unit.main is not None
        ops = [op for op in reversed(unit.main.residual.ops) if op.name not in SAME]
        if len(unit.main.residual.weighted) > 1 and unit.main.is_identity:
            signature = _signed(ops)
            found[signature] = (*found.get(signature, ()), unit)
    return {signature: units for signature, units in found.items() if len(units) >= _SIBLINGS}


def _signed(ops: list[Op]) -> _Signature:
    return tuple((op.name.rstrip("_"), op.side) for op in ops)


def _steps(flow: Flow, value: int, stop: frozenset[int]) -> list[Op]:
    """Return what leads to `value`, in order, from the addition before it or the network's input."""
    return [op for op in reversed(flow.chain(value, stop).ops) if op.name not in SAME]


def _keeps_shape(flow: Flow, ops: list[Op]) -> bool:
    convs = [op for op in ops if op in flow.weighted]
    if any(isinstance(op, Convolution) and op.strided for op in convs):
        return False
    return flow.shapes[flow.data(convs[0])] == flow.shapes[convs[-1].outputs[0]]
