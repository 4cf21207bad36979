"""Does the long skip of a network start in front of its blocks?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import NORMS, SAME
from residua.check.evidence.joins import Join
from residua.check.rules.rule import Rule
from residua.check.rules.stem_and_head import network_trials
from residua.check.run.trial import Trial
from residua.record.tape import Call, Convolution


@partial(
    Rule,
    code="R228",
    severity="warning",
    title="the long skip starts behind the blocks",
    message="{target}: {layer} is added to what it reads, which is one linear map: the {count} blocks before it stay "
    "outside this sum",
    evidence="no other convolution than {layer} lies between the two operands",
    fix="- {code}\n+ keep the features in front of the blocks under a name of their own, and add those",
    source="Lim 2017 Fig. 3 (EDSR): the skip goes around all blocks and the convolution behind them",
    wrong="for block in self.blocks: x = block(x)\nx = x + self.conv(x)",
    right="h = x\nfor block in self.blocks: h = block(h)\nx = x + self.conv(h)",
    once=True,
)
def r228(evidence: Evidence) -> Iterator[Hit]:
    """The sum behind a chain of blocks spans one convolution, where the features in front of the blocks would fit."""
    for trial in network_trials(evidence):
        units = [unit for unit in evidence.units if unit.trial is trial]
        blocks = [unit.call for unit in units if unit.call is not None and unit.call.index >= 0]
        for join in trial.joins:
            layer = _alone_between(trial, join)
            spanned = _chain_before(trial, join, blocks) if layer is not None else 0
            if layer is not None and spanned > 1:
                place = evidence.line_of(join.op)
                yield evidence.hit("R228", place, trial, layer=trial.path_of(layer), count=spanned)


def _alone_between(trial: Trial, join: Join) -> Convolution | None:
    """Return the one operation between the two operands, where it is a convolution over pixels and all channels.

    A norm behind it is still one linear map (Ledig 2017). A depthwise one encodes positions (Chu 2021), a 1×1 is a
    projection.
    """
    steps = [op for op in join.residual.ops if op.name not in SAME | NORMS]
    one = steps[0] if len(steps) == 1 and not join.shortcut.ops else None
    dense = isinstance(one, Convolution) and one.groups == 1 and one.side > 1
    return one if isinstance(one, Convolution) and dense and join.residual.origin == join.shortcut.origin else None


def _chain_before(trial: Trial, join: Join, blocks: list[Call]) -> int:
    """Count the blocks that ran one after the other up to a sum, on a map of its shape, and that it stands outside."""
    shapes, value, count = trial.tape.shape, join.shortcut.origin, 0
    for call in reversed(blocks):
        if call.index in join.op.calls:
            return 0
        if value in call.outputs and shapes[call.inputs[0]] == shapes[value]:
            value, count = call.inputs[0], count + 1
    return count
