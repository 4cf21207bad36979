"""Does a causal convolution see the past only?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ATTENTION, FUSED_ATTENTION, RECURRENT, SAME
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op
from residua.targets import signature_of


@partial(
    Rule,
    code="R176",
    severity="error",
    title="a causal convolution that sees the future",
    message="{target}: {how} by {reach}: each step sees later ones",
    evidence="(kernel − 1) · dilation = {whole}, of which {reach} lie on the wrong side",
    fix="- {code}\n+ x[..., :-{whole}], or F.pad(x, ({whole}, 0))",
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
            length = flow.shapes[op.inputs[0]][-1]
            start = cut["start"] + length if cut["start"] < 0 else cut["start"]  # x[..., -length:]
            if cut["dim"] in (2, -1) and conv.padding[0] == reach == start and cut["end"] >= length and reach > 0:
                yield _seen(evidence, trial, evidence.line_of(op), "the result is cut in front", (reach, reach))
                return
        yield from _cut_behind(evidence, trial)
        yield from _padded_behind(evidence, trial)
        yield from _centred(evidence, trial)


def _seen(evidence: Evidence, trial: Trial, place: Place | None, how: str, reach: tuple[int, int]) -> Hit:
    """Make a Hit; how: what was done. reach: by how many steps on the wrong side, and that of the kernel."""
    facts: dict[str, Any] = {"how": how, "reach": reach[0], "whole": reach[1]}
    return evidence.hit("R176", place, trial, **facts)


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
            how = "the identity is cut at its end"
            yield replace(_seen(evidence, trial, evidence.line_of(cut), how, (reach, reach)), severity="warning")


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
            yield _seen(evidence, trial, evidence.line_of(before), "the input is padded behind", (reach, reach))
            return


_SAYS_CAUSAL = re.compile(r"(?<!non[-_])(?<!not )(?<!a)causal", re.I)
# An encoder "for an autoregressive decoder" may see all there is: what opens the docstring is the class itself.
_NAMED_AUTOREGRESSIVE = re.compile(r"(?<!non)(?<!non[-_])auto[-_]?regressive", re.I)
_SAYS_AUTOREGRESSIVE = re.compile(r"\W*(?:(?!non\b)\w+[,\s]+){0,3}auto-?regressive\b", re.I)


def _centred(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A class that calls itself causal, whose convolution is padded by the same amount before and behind.

    Causal, or autoregressive: then nothing but convolutions may lie between one sequence and another of its length.
    """
    name, text = evidence.class_name, source.docstring(evidence.file, evidence.class_name)
    generates = _NAMED_AUTOREGRESSIVE.search(name) or _SAYS_AUTOREGRESSIVE.match(text)
    if generates and "encoder" in name.lower():  # that of an autoregressive model may see all there is
        generates, text = None, ""
    said = _SAYS_CAUSAL.search(f"{name} {text}")
    if not (said or (generates and _is_of_convolutions(trial))) or _is_left_out(trial):
        return
    flow = trial.flow
    for op in flow.ops:
        if not isinstance(op, Convolution) or len(op.kernel) != 1 or op not in flow.weighted or op not in flow.live_ops:
            continue
        reach = _reach(op)
        cut = any(op.name == "slice" for op in flow.users(op.outputs[0]))
        if reach and 2 * op.padding[0] == reach and not cut:
            place = evidence.layer_place(op, trial, "padding")
            yield _seen(evidence, trial, place, "the input is padded on both sides", (reach // 2, reach))
            return
        before = flow.maker(op.data)
        behind = _half_behind(before, reach) if before is not None and not op.padding[0] and not cut else 0
        if before is not None and behind:
            place = evidence.line_of(before)
            yield _seen(evidence, trial, place, "the input is padded on both sides", (behind, reach))
            return


def _half_behind(op: Op, reach: int) -> int:
    """Return by how much a padding by a kernel's reach, half on each side, pads the end; 0 of another one."""
    if op.name != "constant_pad_nd" or len(op.arguments["pad"]) != 2:
        return 0
    front, behind = op.arguments["pad"]
    return int(behind) if front + behind == reach and abs(front - behind) <= 1 else 0


def _is_of_convolutions(trial: Trial) -> bool:
    """Tell a trial in which convolutions alone make a sequence of the length of its one input."""
    flow = trial.flow
    names = {op.name for op in flow.ops}
    mixes = names & (RECURRENT | {"bmm", "baddbmm", FUSED_ATTENTION}) or any(ATTENTION in name for name in names)
    inputs = [name for name in trial.tape.leaf.values() if name.startswith("input")]
    long = max(trial.in_shape[1:], default=0)
    return not mixes and len(inputs) == 1 and long > 0 and long in trial.out_shape[1:]


def _is_left_out(trial: Trial) -> bool:
    """Tell a trial in which a flag says that it is not to be causal: `causal=False`, by default or as given."""
    kind = type(trial.module)
    given = trial.built.arguments if trial.built is not None else {}
    flags = {name: each.default for name, each in signature_of(kind).parameters.items() if _SAYS_CAUSAL.search(name)}
    return any(given.get(name, default) is False for name, default in flags.items())
