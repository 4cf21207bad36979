"""Do views leave every pixel and channel in its place, and do shuffles move them?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence.axes import VIEWS, Tracks
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.rule import Rule


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
