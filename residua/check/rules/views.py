"""Do views leave every pixel and channel in its place, and do shuffles move them?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence.axes import VIEWS, Tracks
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.joins import Join
from residua.check.rules.rule import Rule
from residua.record.tape import Op


@partial(
    Rule,
    code="R164",
    severity="warning",
    title="a view mixes axes where a permutation is meant",
    message="{target}: this view reads {given} as {got} and so mixes channels with positions; permute first",
    evidence="the new axes cut an axis into pieces and join these to other axes",
    fix="- {code}\n+ y.permute(0, 2, 3, 1).reshape(n, h * w, c), and the same way back",
    source="measured: memory order of the executed views",
    wrong="y = x.reshape(n, h, w, c)",
    right="y = x.permute(0, 2, 3, 1)",
    implies=("R147",),
)
def r164(evidence: Evidence) -> Iterator[Hit]:
    """A view mixes axes where a permutation is meant."""
    for trial in evidence.finished[:2]:
        for op in Tracks(trial.flow).scrambled:
            if op.frames and op.frames[0].file in evidence.files and evidence.layer(op, trial) is None:
                shapes = trial.flow.shapes[op.inputs[0]], trial.flow.shapes[op.outputs[0]]
                yield evidence.hit("R164", evidence.line_of(op), trial, given=shapes[0], got=shapes[1])
                return


@partial(
    Rule,
    code="R175",
    severity="error",
    title="a shuffle that shuffles nothing",
    message="{target}: {given} is viewed as {got} and back again: without a transposition between them nothing moves",
    evidence="two views in a row, the second undoes the first",
    fix="- {code}\n+ x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)",
    source="Zhang 2018 (ShuffleNet) §3.1",
    wrong="x.view(n, g, c // g, h, w).view(n, c, h, w)",
    right="x.view(n, g, c // g, h, w).transpose(1, 2).reshape(n, c, h, w)",
    implies=("R164",),
)
def r175(evidence: Evidence) -> Iterator[Hit]:
    """A view splits the channels and the next one puts them together again: nothing is shuffled."""
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            before = flow.maker(op.inputs[0]) if op.name in VIEWS and op.inputs else None
            while before is not None and before.name in ("clone", "alias", "contiguous"):
                before = flow.maker(before.inputs[0])
            if before is None or before.name not in VIEWS or op not in flow.live_ops or op.inputs[0] not in flow.depth:
                continue
            start, middle, end = (flow.shapes[value] for value in (before.inputs[0], before.outputs[0], op.outputs[0]))
            lone = len([op for op in flow.users(before.outputs[0]) if op.outputs != before.outputs]) == 1
            split = len(middle) == len(start) + 1 and middle[:1] == start[:1]  # heads that share an axis with the batch
            if start == end and lone and split and 1 not in middle[1:3] and len(start) > 2:
                yield evidence.hit("R175", evidence.line_of(op), trial, given=start, got=middle)
                return


@partial(
    Rule,
    code="R211",
    severity="error",
    title="a roll that is not undone before the sum",
    message="{target}: the residual is rolled by {net} in all along its axes {axes}, and the shortcut is not: other "
    "places are added",
    evidence="the shifts of {count} roll(s) on the residual do not add up to zero modulo the sides {sides}",
    fix="- {code}\n+ torch.roll(y, shifts=(+s, +s), dims=(1, 2))  # after torch.roll(x, shifts=(-s, -s), dims=(1, 2))",
    source="Liu 2021 (Swin Transformer) §3.2",
    wrong="y = torch.roll(y, (-s, -s), (1, 2)); ...; y = torch.roll(y, (-s, -s), (1, 2))",
    right="y = torch.roll(y, (-s, -s), (1, 2)); ...; y = torch.roll(y, (s, s), (1, 2))",
    once=True,
)
def r211(evidence: Evidence) -> Iterator[Hit]:
    """The windows of the residual are shifted and not shifted back before they meet the shortcut."""
    for unit in evidence.units:
        for join in unit.joins:
            rolls = _rolls(unit, join)
            net = _net_shift(unit, rolls)
            if net is None or not any(net.values()):
                continue
            sides = tuple(unit.flow.shapes[rolls[-1].outputs[0]][axis] for axis in net)
            facts: dict[str, Any] = {"net": tuple(net.values()), "axes": tuple(net), "sides": sides}
            facts["count"] = len(rolls)
            yield unit.hit("R211", evidence.line_of(rolls[-1]), join=join, op=rolls[-1], **facts)


def _rolls(unit: Unit, join: Join) -> list[Op]:
    """Return the rolls of the residual, in order; none where the shortcut is rolled too, or one alone moves a part.

    One roll without attention behind it may be what mixes the tokens, as in ShiftViT.
    """
    if any(op.name == "roll" for op in join.shortcut.ops):
        return []
    chain = list(reversed(join.residual.ops))
    rolls = [op for op in chain if op.name == "roll"]
    mixes = any(op.name in ("bmm", "baddbmm", "matmul") or "attention" in op.name for op in chain)
    return rolls if len(rolls) > 1 or mixes else []


def _net_shift(unit: Unit, rolls: list[Op]) -> dict[int, int] | None:
    """Return by how much rolls of maps of one shape move each axis in all, modulo its length."""
    shapes = {unit.flow.shapes[op.outputs[0]] for op in rolls}
    if len(shapes) != 1:
        return None
    shape, net = next(iter(shapes)), dict[int, int]()
    for op in rolls:
        dims, shifts = op.arguments.get("dims") or (), op.arguments["shifts"]
        if len(dims) != len(shifts):
            return None
        for axis, by in zip(dims, shifts, strict=True):
            net[axis % len(shape)] = (net.get(axis % len(shape), 0) + by) % shape[axis]
    return net
