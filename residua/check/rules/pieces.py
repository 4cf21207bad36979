"""Does every channel of the input, and every piece that a tensor is cut into, reach the output?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import CONVS, Flow
from residua.check.evidence.liveness import taken_twice
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R173",
    severity="error",
    title="some channels of the input have no influence",
    message="{target}: {idle} of {channels} input channels have no influence on the output",
    evidence="the gradient with respect to {idle} input channels is zero everywhere",
    fix="- {code}\n+ use every piece of the split once",
    source="measured; Ma 2018 (ShuffleNetV2) passes one half on and transforms the other",
    wrong="a, b = x.chunk(2, 1); return torch.cat([a, self.body(a)], 1)",
    right="a, b = x.chunk(2, 1); return torch.cat([a, self.body(b)], 1)",
    implies=("R174",),
)
def r173(evidence: Evidence) -> Iterator[Hit]:
    """Some channels of the input have no influence on the output."""
    for trial in evidence.finished:
        # No case of tests/check has between one idle channel and half of them, so that nothing decides the eighth.
        idle, count = trial.idle_channels, trial.in_shape[1] if len(trial.in_shape) > 1 else 0
        if not idle or len(idle) < max(1, count // 8) or trial.failure is not None or not _is_map(trial):
            continue
        place = _idle_place(evidence, trial)
        if place is not None:
            yield evidence.hit("R173", place, trial, idle=len(idle), channels=count)
            return


_TURNS = frozenset({"transpose", "permute", "t", "movedim", "swapaxes"})


def _is_map(trial: Trial) -> bool:
    """Tell inputs (N, C, side, ...) that a convolution reads as they lie: of (N, time, C) it reads another axis."""
    flow = trial.flow
    return any(op.name in CONVS and op in flow.weighted and not _is_turned(flow, op.inputs[:1]) for op in flow.ops)


def _is_turned(flow: Flow, values: tuple[int, ...]) -> bool:
    """Tell values for which some axis of the input has changed its place."""
    makers = (flow.maker(value) for value in flow.ancestors(values))
    return any(op is not None and op.name in _TURNS for op in makers)


_SPLITS = frozenset({"split", "chunk", "split_with_sizes", "unbind", "unsafe_split", "unsafe_chunk", "tensor_split"})
PIECES = _SPLITS | {"slice", "select", "index", "narrow"}


def _idle_place(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that takes one piece of the input twice, else the one that cuts the input up."""
    flow = trial.flow
    cuts = [op for op in flow.ops if op.name in PIECES and op.inputs and op.inputs[0] in flow.from_input]
    for op in cuts:
        for value in op.outputs:
            users = [op for op in flow.users(value) if op in flow.live_ops]
            if op.name in _SPLITS and len(users) > 1 and value in flow.live and len(op.outputs) > 1:
                return evidence.line_of(users[-1])
    return evidence.line_of(cuts[0]) if cuts else None


@partial(
    Rule,
    code="R174",
    severity="error",
    title="a tensor is concatenated with itself, or a piece of a split is lost",
    message="{target}: {what}; another one is missing",
    evidence="{what}",
    fix="- {code}\n+ torch.cat([decoded, encoded], 1)",
    source="Ronneberger 2015",
    wrong="torch.cat([d1, d1], 1)",
    right="torch.cat([d1, e1], 1)",
)
def r174(evidence: Evidence) -> Iterator[Hit]:
    """A tensor is concatenated with itself, or a piece of a split goes nowhere."""
    for trial in evidence.finished:
        flow = trial.flow
        cats = [(op, evidence.line_of(op)) for op in flow.ops if op.name == "cat"]
        for op, line in cats:
            if op not in flow.live_ops or not op.frames or op.frames[0].file not in evidence.files:
                continue
            if all(_with_itself(flow, other) for other, place in cats if place == line):
                yield evidence.hit("R174", line, trial, what="a tensor is concatenated with itself")

        yield from _left_over(evidence, trial)


def _with_itself(flow: Flow, op: Op) -> bool:
    """Tell a concatenation of one computed tensor, at its end, twice; the input itself may be repeated."""
    values = [value for value in op.inputs if flow.depth.get(value, (0, 0))[1] > 0]
    return len(values) > 1 and len(set(values)) < len(values) and len(flow.shapes[op.outputs[0]]) > 2


def _reads_an_input(flow: Flow, value: int) -> bool:
    """Tell what is computed from any input of the forward, a time or a condition too."""
    return any(flow.tape.leaf.get(each, "").startswith("input") for each in flow.ancestors((value,)))


def _left_over(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    flow = trial.flow
    splits = [(op, evidence.line_of(op)) for op in flow.ops if op.name in _SPLITS]
    for op, place in splits:
        if op not in flow.live_ops or not op.frames or place is None:
            continue
        if op.frames[0].file not in evidence.files or not _reads_an_input(flow, op.inputs[0]):
            continue
        lost = [value for value in op.outputs if value not in flow.live and not any(True for _ in flow.users(value))]
        again = any(line == place and other is not op for other, line in splits)
        if lost and not again and not re.search(r"\b_\w*\b\s*[,=)]|\[\s*-?\d+\s*\]", source.text_of(*place)):
            again_at = taken_twice(evidence, flow, op) or place
            yield evidence.hit("R174", again_at, trial, "warning", what="a piece of this split is never used")
            return
