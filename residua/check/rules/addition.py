"""Is the residual added to the shortcut, once, and does the sum reach the output?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, Unit
from residua.check.evidence.flow import ADDS, CONVS, SAME, SCALINGS, Flow
from residua.check.evidence.joins import Join, after, find_joins, operands
from residua.check.evidence.liveness import dead_end, dead_weighted, overwriting, round_trip
from residua.check.rules.crashes import hits_of
from residua.check.rules.endings import place_without_sum
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Op


def r101(evidence: Evidence) -> Iterator[Hit]:
    """The residual, or the sum, is computed and then overwritten or never returned."""
    yield from hits_of(evidence, "R101")
    for unit in evidence.units or evidence.stretches:
        place = _thrown_away(unit)
        if place is not None:
            facts: dict[str, Any] = {"lost": ", ".join(_names(unit, dead_weighted(unit.flow))) or "the sum"}
            yield evidence.hit("R101", place, unit.trial, **facts)


def _names(unit: Unit, ops: list[Op]) -> list[str]:
    found = []
    for op in ops:
        path = unit.trial.tape.calls[op.calls[-1]].path if op.calls else ""
        found.append(path or op.name)
    return list(dict.fromkeys(found))


def _thrown_away(unit: Unit) -> Place | None:
    flow, evidence = unit.flow, unit.evidence
    good = [j for j in unit.joins if j.residual_value in flow.depth]
    dead_adds = [op for op in flow.ops if op.name in ADDS and not flow.is_live(op) and len(operands(flow, op)) > 1]
    if good:
        return None
    doubled = [op for op in flow.ops if flow.is_live(op) and len(v := operands(flow, op)) > 1 and _same_thing(flow, v)]
    for op in dead_adds:
        values = operands(flow, op)
        if any(flow.depth.get(v, (0, 0))[1] for v in values) and len({flow.shape(v) for v in values}) == 1:
            return overwriting(evidence, op) or _used_instead(evidence, flow, op, values) or evidence.line_of(op)
    for op in dead_weighted(flow):
        end = dead_end(flow, op)
        place = overwriting(evidence, end)
        if place is not None and not any(evidence.line_of(o) == place for o in doubled):
            return place
    return None


def _used_instead(evidence: Evidence, flow: Flow, add: Op, values: tuple[int, ...]) -> Place | None:
    """Where the sum has a name that nobody reads, the mistake is the line that reads an operand in its place."""
    own = evidence.line_of(add)
    if own is None or source.statement_at(*own) != "Assign":
        return None
    later = [o for o in flow.ops if o.index > add.index and flow.is_live(o) and set(o.inputs) & set(values)]
    return evidence.line_of(later[0]) if later else None


def r102(evidence: Evidence) -> Iterator[Hit]:
    """No addition joins a shortcut and a residual."""
    if evidence.is_network:
        yield from _network_without(evidence)
        return
    trial = evidence.same
    if trial is None:
        trial = next((t for t in evidence.finished if t.kind is Kind.SAME), None)
        if trial is None or not evidence.claims_residual:
            return
    at_rest = find_joins(trial.eval_flow)
    if trial.joins and not at_rest and trial.eval_tape.ops and not trial.brief:
        place = place_without_sum(evidence, trial.eval_flow)
        yield evidence.hit(
            "R102", place, trial, convs=len([o for o in trial.eval_flow.ops if trial.eval_flow.weighted(o)])
        )
    if trial.joins or at_rest or not any(trial.flow.weighted(op) for op in trial.flow.ops) or _is_coupling(trial):
        return
    if round_trip(evidence, trial) is not None:
        return
    low = trial.flow.depth.get(trial.flow.outputs[0], (0, 0))[0] if trial.flow.outputs else 0
    severity = None if evidence.claims_residual else "note"
    yield evidence.hit("R102", place_without_sum(evidence, trial.flow), trial, severity, convs=low)


def _is_coupling(trial: Trial) -> bool:
    """Tell a block that passes part of its channels on untouched and concatenates (ShuffleNetV2, CSP)."""
    return any(op.name == "cat" and trial.flow.is_live(op) and _passes_part(trial.flow, op) for op in trial.flow.ops)


def _passes_part(flow: Flow, op: Op) -> bool:
    depths = [flow.depth.get(v, (9, 9)) for v in op.inputs]
    return any(d == (0, 0) for d in depths) and flow.shape(op.outputs[0]) == flow.shape(flow.inputs[0])


def _network_without(evidence: Evidence) -> Iterator[Hit]:
    if evidence.claims_residual and evidence.finished and not any(u.joins for u in evidence.units):
        trial = evidence.finished[0]
        if not trial.joins:
            yield evidence.hit("R102", None, trial, convs=sum(trial.flow.weighted(op) for op in trial.flow.ops))


def r103(evidence: Evidence) -> Iterator[Hit]:
    """A later convolution reads the block's input, so that an earlier one is wasted."""
    yield from hits_of(evidence, "R103")
    for unit in evidence.units:
        flow = unit.flow
        for dead in dead_weighted(flow) if unit.call is None or unit.call.index >= 0 else []:
            if evidence.is_shortcut_layer(dead, unit.trial) or _unused_projection(unit, dead):
                continue
            origin = flow.chain(flow.data(dead)).origin
            for op in flow.ops:
                if op.index > dead.index and flow.weighted(op) and flow.is_live(op) and _reads(flow, op, origin):
                    if any(op in j.shortcut.ops for j in unit.joins) or (not unit.joins and op.name not in CONVS):
                        continue
                    if evidence.is_shortcut_layer(op, unit.trial) and op.side == 1:
                        continue
                    wasted = ", ".join(_names(unit, [dead]))
                    place = evidence.line_beside(op, dead) or evidence.line_of(op)
                    yield evidence.hit("R103", place, unit.trial, wasted=wasted)
                    break


def _unused_projection(unit: Unit, dead: Op) -> bool:
    """A 1×1 whose result never meets the residual is a forgotten shortcut, not a wasted first convolution."""
    low = min((unit.flow.depth.get(v, (0, 0))[0] for v in unit.flow.outputs), default=0)
    return not unit.joins and low >= 2 and dead.side == 1


def _reads(flow: Flow, op: Op, origin: int) -> bool:
    chain = flow.chain(flow.data(op))
    return chain.origin == origin and not chain.weighted


def r104(evidence: Evidence) -> Iterator[Hit]:
    """A tensor is added to itself, or the sum does not contain the residual."""
    for unit in evidence.stretches:
        flow = unit.flow
        for op in flow.ops:
            values = operands(flow, op)
            if len(values) > 1 and flow.is_live(op) and _same_thing(flow, values):
                yield evidence.hit("R104", evidence.line_of(op), unit.trial)


def _same_thing(flow: Flow, values: tuple[int, ...]) -> bool:
    def bare(value: int) -> int:
        maker = flow.maker(value)
        while (
            maker is not None
            and maker.name in SAME - {"expand", "permute", "transpose", "neg"}
            and value not in flow.inputs
        ):
            value = maker.inputs[0]
            maker = flow.maker(value)
        return value

    return bare(values[0]) == bare(values[1])


def r105(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut is added twice."""
    for unit in evidence.stretches:
        for first, second in itertools.pairwise(unit.joins):
            if _again(unit, first, second):
                yield evidence.hit("R105", evidence.line_of(second.op), unit.trial)


def _again(unit: Unit, first: Join, second: Join) -> bool:
    flow = unit.flow
    if first.shortcut.origin != second.shortcut.origin or not (first.is_identity and second.is_identity):
        return False
    chain = flow.chain(second.residual_value, frozenset(first.op.outputs))
    return chain.origin in first.op.outputs and not chain.weighted


def evidence_owner(unit: Unit, op: Op) -> int | None:
    """Return the innermost call of user code that executed `op`."""
    return unit.evidence.owner(op, unit.trial)


def r115(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut is broadcast: it is smaller than the sum."""
    yield from hits_of(evidence, "R115")
    for unit in evidence.units:
        for join in unit.joins:
            small, total = unit.flow.shape(join.shortcut_value), unit.flow.shape(join.op.outputs[0])
            other = unit.flow.shape(join.residual_value)
            if small != total and other == total and len(small) > 2:
                yield evidence.hit("R115", evidence.line_of(join.op), unit.trial, small=small, large=total)
            elif other != total and len(other) > 2 and _not_pooled(other, total):
                yield evidence.hit("R115", evidence.line_of(join.op), unit.trial, "warning", small=other, large=total)


def _not_pooled(small: tuple[int, ...], total: tuple[int, ...]) -> bool:
    return (
        len(small) == len(total)
        and any(a != b for a, b in zip(small[2:], total[2:], strict=True))
        and small[2:] != (1,) * len(small[2:])
    )


def r120(evidence: Evidence) -> Iterator[Hit]:
    """The projection is applied to the residual's result instead of the block's input."""
    yield from hits_of(evidence, "R120")
    for unit in evidence.units:
        for join in unit.joins:
            flow = unit.flow
            chain = flow.chain(join.residual_value, frozenset({join.shortcut_value}))
            low = flow.depth.get(join.shortcut_value, (0, 0))[0]
            if chain.origin != join.shortcut_value or len(chain.weighted) != 1 or low < 1 or len(unit.joins) > 1:
                continue
            op = chain.weighted[0]
            if evidence.is_shortcut_layer(op, unit.trial) or (
                low >= 2 and unit.kernels(join) == [1] and _ends(unit, join)
            ):
                yield evidence.hit("R120", evidence.line_of(op), unit.trial)


def _ends(unit: Unit, join: Join) -> bool:
    return len(unit.joins) == 1 and unit.in_shape != unit.out_shape


def r152(evidence: Evidence) -> Iterator[Hit]:
    """The identity is scaled, so that it fades or grows with depth."""
    for unit in evidence.units:
        for join in unit.joins:
            factor = _identity_factor(unit, join)
            if _one_gate(unit, join):
                yield evidence.hit("R152", evidence.line_of(join.op), unit.trial, factor="the residual's own gate")
            elif (join.is_identity and abs(abs(factor) - 1) > 1e-3) or factor < 0:
                severity = "note" if 0.69 <= factor <= 1.42 else "error" if factor == 0 else None
                yield evidence.hit(
                    "R152", evidence.line_of(_scaling(unit, join)), unit.trial, severity, factor=f"{factor:.3g}"
                )


def _one_gate(unit: Unit, join: Join) -> bool:
    """Tell a sum whose two terms are multiplied by one and the same gate, where a highway has g and 1 − g."""
    flow = unit.flow
    ends = [next((o for o in c.ops if o.name not in SAME), None) for c in (join.shortcut, join.residual)]
    gates = [{v for v in o.inputs if flow.is_gate(v)} if o and o.name in SCALINGS else set() for o in ends]
    return bool(gates[0] & gates[1])


def _identity_factor(unit: Unit, join: Join) -> float:
    factor = join.shortcut.coefficient
    if any(
        op.name in SCALINGS and len([v for v in op.inputs if v in unit.flow.from_input]) > 1 for op in join.shortcut.ops
    ):
        return 1.0  # gated: highway and attention scale by what they see
    if join.op.name in ("mean",):
        return 0.5
    if join.op.name == "lerp":
        weight = join.op.arguments["weight"]
        factor *= (1 - weight) if isinstance(weight, float) else 1.0
    values = operands(unit.flow, join.op)
    if join.op.name in ("sub", "sub_") and values[1] == join.shortcut_value:
        factor = -factor
    for op in after(unit.flow, join):
        if op.name not in SCALINGS and op.name not in SAME:
            break
        if evidence_owner(unit, op) != evidence_owner(unit, join.op):
            break  # the scale of an outer residual
        part = unit.flow.chain(op.outputs[0], frozenset({op.inputs[0]})).coefficient if op.name in SCALINGS else 1.0
        factor *= part
    return factor


def _scaling(unit: Unit, join: Join) -> Op:
    later = [op for op in after(unit.flow, join)[:2] if op.name in SCALINGS]
    inside = [op for op in join.shortcut.ops if op.name in SCALINGS]
    return (inside or later or [join.op])[0]


def r153(evidence: Evidence) -> Iterator[Hit]:
    """The input is concatenated where it should be added."""
    for trial in evidence.finished:
        if (
            evidence.is_network
            or any(t.joins for t in evidence.finished)
            or "dense" in evidence.class_name.lower()
            or trial.flow.shape(trial.flow.inputs[0])[1:2] == ()
        ):
            continue
        for op in trial.flow.ops:
            if op.name != "cat" or not trial.flow.is_live(op) or _passes_part(trial.flow, op):
                continue
            depths = [trial.flow.depth.get(v, (9, 9)) for v in op.inputs]
            whole = [v for v, d in zip(op.inputs, depths, strict=True) if d[1] <= 1]
            if whole and any(d[1] > depths[op.inputs.index(whole[0])][1] for d in depths if d != (9, 9)):
                channels = trial.flow.shape(op.outputs[0])[1]
                yield evidence.hit("R153", evidence.line_of(op), trial, channels=channels, given=trial.in_shape[1])
