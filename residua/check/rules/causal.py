"""Does a causal convolution see the past only?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import SAME
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution
from residua.targets import signature_of


@partial(
    Rule,
    code="R176",
    severity="error",
    title="a causal convolution that sees the future",
    message=(
        "{target}: cut in front, or the identity cut at its end, or padded there, by {reach}: each step sees later ones"
    ),
    evidence="(kernel − 1) · dilation = {reach}, all of it on the wrong side",
    fix="- {code}\n+ x[..., :-{reach}], or F.pad(x, ({reach}, 0))",
    source="Bai 2018 (TCN) §3.1",
    wrong="return x[:, :, self.chomp:]",
    right="return x[:, :, :-self.chomp]",
)
def r176(evidence: Evidence) -> Iterator[Hit]:
    """A convolution padded on both sides by all its reach is cut in front, so that it sees only what comes later."""
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            cut = op.arguments
            if op.name != "slice" or op not in flow.live_ops or cut["end"] is None or not cut["start"]:
                continue
            conv = flow.maker(op.inputs[0])
            while conv is not None and conv.name in SAME and conv.inputs:
                conv = flow.maker(conv.inputs[0])
            if not isinstance(conv, Convolution) or len(conv.kernel) != 1:
                continue
            reach = _reach(conv)
            whole = cut["end"] >= flow.shapes[op.inputs[0]][-1]
            if cut["dim"] in (2, -1) and conv.padding[0] == reach == cut["start"] and whole and reach > 0:
                yield evidence.hit("R176", evidence.line_of(op), trial, reach=reach)
                return
        yield from _cut_behind(evidence, trial)
        yield from _padded_behind(evidence, trial)
        yield from _centred(evidence, trial)


def _reach(conv: Convolution) -> int:
    """Return how far from its first sample a 1-d convolution's kernel reaches."""
    return (conv.side - 1) * conv.dilation[0]


def _cut_behind(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """An unpadded residual is as much shorter as its convolutions reach, and the identity is cut at its end for it."""
    for join in trial.joins:
        cuts = [op for op in join.shortcut.ops if op.name == "slice"]
        convs = [op for op in join.residual.weighted if isinstance(op, Convolution)]
        if len(cuts) != 1 or len(trial.flow.shapes[join.op.outputs[0]]) != 3 or any(op.padding[0] for op in convs):
            continue
        cut, reach = cuts[0], sum(_reach(op) for op in convs)
        lost = trial.flow.shapes[cut.inputs[0]][-1] - trial.flow.shapes[cut.outputs[0]][-1]
        padded = any(op.name in ("constant_pad_nd", "slice") for op in join.residual.ops)
        if not cut.arguments["start"] and lost == reach > 0 and not padded and not any(op.strided for op in convs):
            yield evidence.hit("R176", evidence.line_of(cut), trial, "warning", reach=reach)


def _padded_behind(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    flow = trial.flow
    for op in flow.ops:
        if not isinstance(op, Convolution) or len(op.kernel) != 1:
            continue
        before, reach = flow.maker(op.data), _reach(op)
        if before is None or before.name != "constant_pad_nd":
            continue
        if (
            before.arguments["pad"] == (0, reach) and op.side > 2
        ):  # with 3, tests/check/planted/R176/causal_front is missed
            yield evidence.hit("R176", evidence.line_of(before), trial, reach=reach)
            return


_SAYS_CAUSAL = re.compile(r"(?<!non[-_])(?<!not )(?<!a)causal", re.I)


def _centred(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A class that calls itself causal, whose convolution is padded by the same amount before and behind."""
    said = _SAYS_CAUSAL.search(f"{evidence.class_name} {source.docstring(evidence.file, evidence.class_name)}")
    if said is None or _is_left_out(trial):
        return
    flow = trial.flow
    for op in flow.ops:
        if not isinstance(op, Convolution) or len(op.kernel) != 1 or op not in flow.weighted or op not in flow.live_ops:
            continue
        reach = _reach(op)
        cut = any(op.name == "slice" for op in flow.users(op.outputs[0]))
        if reach and 2 * op.padding[0] == reach and not cut:
            yield evidence.hit("R176", evidence.layer_place(op, trial, "padding"), trial, reach=reach // 2)
            return


def _is_left_out(trial: Trial) -> bool:
    """Tell a trial in which a flag says that it is not to be causal: `causal=False`, by default or as given."""
    kind = type(trial.module)
    given = trial.built.arguments if trial.built is not None else {}
    flags = {name: each.default for name, each in signature_of(kind).parameters.items() if _SAYS_CAUSAL.search(name)}
    return any(given.get(name, default) is False for name, default in flags.items())
