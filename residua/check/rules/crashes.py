"""When a block crashes, which of its lines is the mistake?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place, Unit, _is_layer, first_frame
from residua.check.evidence.flow import ADDS, CONVS, POOLS, PRODUCTS, Flow
from residua.check.evidence.geometry import conv_to_stride, is_cropped, padding_error, projection_test, weighted_before
from residua.check.evidence.liveness import dead_end, dead_weighted, overwriting
from residua.check.rules.rule import Rule
from residua.check.run.configurations import is_refusal
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Convolution, Op
from residua.targets.inputs import reads_sequences
from residua.text import one_line


def hits_of(evidence: Evidence, rule: str) -> Iterator[Hit]:
    """Yield the diagnoses of crashed trials that are of this rule."""
    if evidence.crashes is None:
        evidence.crashes = [hit for trial in evidence.trials if (hit := diagnose(evidence, trial)) is not None]
    return (hit for hit in evidence.crashes if hit.rule == rule)


_NORM_REFUSES = re.compile(r"running_mean should contain|Expected weight to be a vector|Given normalized_shape")


def diagnose(evidence: Evidence, trial: Trial) -> Hit | None:
    """Say which mistake made a trial crash; None when it did not, or refused on purpose."""
    if trial.failure is None or is_refusal(trial):
        return None
    if trial.failure.stage == "backward":
        return _backward(evidence, trial)
    if trial.failure.stage == "construct":
        return _plain(evidence, trial)
    if trial.failure.stage == "forward" and not evidence.is_network and reads_sequences(trial.module):
        return replace(_plain(evidence, trial), severity="note")  # which length it takes is a guess of ours
    failed = trial.tape.failed
    if trial.kind is Kind.ODD:
        if not any(t.ran and t.wanted == trial.wanted and t is not trial for t in evidence.trials):
            return None
        return evidence.hit("R148", first_frame(trial.failure.frames, evidence.files), trial, error=trial.failure.text)
    if failed is not None and _by_our_guess(trial, failed.inputs):
        return None if trial.kind is not Kind.SAME else replace(_plain(evidence, trial), severity="note")
    if failed is None:
        inner = next((c for c in reversed(trial.tape.calls) if not c.finished), None)
        if inner is not None and inner.inputs and _NORM_REFUSES.search(trial.failure.text):
            return _at_layer(evidence, trial, "batch_norm", inner.inputs, (inner.index,))
        return _plain(evidence, trial)
    name, inputs, calls = failed.name, failed.inputs, failed.calls
    if name in ADDS or name in ("stack", "cat", "mul", "mul_"):
        return _at_addition(evidence, trial, inputs)
    if name in CONVS or name in PRODUCTS or name == "linear" or "batch_norm" in name or "_norm" in name:
        return _at_layer(evidence, trial, name, inputs, calls)
    return _plain(evidence, trial)


def _backward(evidence: Evidence, trial: Trial) -> Hit:
    assert trial.failure is not None
    text = str(trial.failure.error)
    if "modified by an inplace operation" not in text:
        return _plain(evidence, trial)
    saved = re.search(r"output \d+ of (\w+?)Backward\d*", text)
    writes = [op for op in trial.tape.ops if op.writes and any(old in trial.flow.from_input for old, _ in op.writes)]
    blamed = writes[-1:] or trial.tape.ops[-1:]
    if saved:
        wanted = saved.group(1).lower()
        for op in writes:
            makers = [trial.flow.maker(old) for old, _ in op.writes]
            if any(m is not None and m.name.replace("_", "").startswith(wanted) for m in makers):
                blamed = [op]
    return evidence.hit("R109", evidence.line_of(blamed[0]), trial, error=one_line(text, 160))


def _plain(evidence: Evidence, trial: Trial) -> Hit:
    assert trial.failure is not None
    place = first_frame(trial.failure.frames, evidence.files)
    if place is None and "returned NoneType" in trial.failure.text:
        line = source.return_line(evidence.file, evidence.class_name)
        place = (evidence.file, line) if line else None
    return evidence.hit("R161", place, trial, error=trial.failure.text, stage=trial.failure.stage)


def _by_our_guess(trial: Trial, inputs: tuple[int, ...]) -> bool:
    """Tell whether a further input of forward, whose shape was guessed, took part in the operation that failed."""
    guessed = {v for v, name in trial.tape.leaf.items() if re.fullmatch(r"input[1-9]\d*", name)}
    if _accepted_vector(trial, guessed, inputs):
        return False
    return bool(guessed & trial.flow.ancestors(inputs))


def _accepted_vector(trial: Trial, guessed: set[int], inputs: tuple[int, ...]) -> bool:
    """Tell a vector an image that a linear layer or an embedding took, and that now meets a map at its own rank."""
    flow, ranks = trial.flow, {len(trial.flow.shape(v)) for v in inputs}
    if len(ranks) != 1 or min(ranks) < 4 or any(len(flow.shape(v)) > 2 for v in guessed):
        return False
    took = [op for op in flow.ops if op.name in PRODUCTS or op.name == "embedding"]
    return any(set(op.inputs) & Flow(flow.tape, 0, len(flow.ops), tuple(guessed), ()).from_input for op in took)


def _at_layer(evidence: Evidence, trial: Trial, name: str, inputs: tuple[int, ...], calls: tuple[int, ...]) -> Hit:
    """A layer got another number of channels than it was made for: blame it, or the layer before it."""
    assert trial.failure is not None
    flow = trial.flow
    module = trial.tape.calls[calls[-1]].module if calls else None
    module = module if module is not None and _is_layer(module) else None
    data = next((v for v in inputs if v in flow.from_input), None)
    if data is None:
        return _plain(evidence, trial)
    facts: dict[str, Any]
    joined = flow.maker(data)
    if joined is not None and joined.name == "cat" and joined.arguments.get("dim", 0) == 0 and name in CONVS:
        line = evidence.line_of(joined)
        facts = {"layer": _layer_path(trial, calls, name), "got": flow.shape(data)[1], "error": trial.failure.text}
        return evidence.hit("R154", line, trial, expected=_takes(module, flow, inputs), **facts)
    before = weighted_before(flow, data)
    got = flow.shape(data)[-1] if name in PRODUCTS or "layer_norm" in name else flow.shape(data)[1]
    expected = _takes(module, flow, inputs)
    facts = {"got": got, "expected": expected, "error": trial.failure.text, "layer": _layer_path(trial, calls, name)}
    line = first_frame(trial.failure.frames, evidence.files)
    wasted = dead_weighted(flow) if not before and name in CONVS else []
    if any(flow.shape(op.outputs[0])[1] == expected for op in wasted):
        return evidence.hit("R103", line, trial, wasted=_layer_name(trial, wasted[0]))
    if before and name in CONVS and _named_shortcut(facts["layer"]) and expected == trial.wanted.get("in"):
        return evidence.hit("R120", line, trial, **facts)
    if before and _producer_wrong(trial, name, before[-1], got, expected):
        facts["layer"] = _layer_name(trial, before[-1])
        return evidence.hit("R154", evidence.layer_place(before[-1], trial, "channels"), trial, **facts)
    again = _called_before(evidence, trial, calls)
    if again is not None:
        return evidence.hit("R154", again, trial, **facts)
    if module is not None and _fitting_sibling(trial, module, got):
        return evidence.hit("R154", line, trial, **facts)
    owns = module is not None and bool(list(module.parameters(recurse=False)))
    return evidence.hit("R154", (evidence.made_at(module, trial, "channels") if owns else None) or line, trial, **facts)


def _layer_path(trial: Trial, calls: tuple[int, ...], name: str) -> str:
    return trial.tape.calls[calls[-1]].path if calls else name


def _takes(module: nn.Module | None, flow: Flow, inputs: tuple[int, ...]) -> int | None:
    for name in ("in_channels", "num_features", "num_channels", "in_features"):
        value = getattr(module, name, None)
        if isinstance(value, int):
            return value
    weights = [flow.shape(v) for v in inputs if v not in flow.from_input]
    return weights[0][1] if weights and len(weights[0]) > 1 else weights[0][0] if weights and weights[0] else None


def _layer_name(trial: Trial, op: Op) -> str:
    return trial.tape.calls[op.calls[-1]].path if op.calls else op.name


def _named_shortcut(path: str) -> bool:
    return bool(re.search(r"short|skip|down|proj|ident|resid|match", path, re.I))


def _producer_wrong(trial: Trial, name: str, before: Op, got: int, expected: int | None) -> bool:
    """Tell whether the layer before is at fault: it puts out the block's input channels where others are wanted."""
    low, high = trial.wanted.get("in"), trial.wanted.get("out")
    if "norm" in name:
        return expected == high and got != expected
    if low == high or expected in (low, None):
        return False
    return got == low and trial.flow.shape(trial.flow.data(before))[1] == low


def _called_before(evidence: Evidence, trial: Trial, calls: tuple[int, ...]) -> Place | None:
    """Return the line of a second call of a part that had run well before: not its layers are wrong, but the call."""
    for index in calls[1:]:
        call = trial.tape.calls[index]
        if any(c.module is call.module and c.finished for c in trial.tape.calls[:index]):
            return first_frame(call.frames, evidence.files)
    return None


def _fitting_sibling(trial: Trial, module: nn.Module, got: int) -> bool:
    """Tell whether a layer of the same kind that never ran takes what this one was given: the call means that one."""
    called = {id(c.module) for c in trial.tape.calls if c.finished}
    if id(module) not in called:
        return False  # it stands in its first place; what it was made with is wrong
    same = [m for m in trial.module.modules() if type(m) is type(module) and id(m) not in called]
    names = ("in_channels", "num_features", "num_channels", "in_features")
    return any(getattr(m, name, None) == got for m in same for name in names)


def _at_addition(evidence: Evidence, trial: Trial, inputs: tuple[int, ...]) -> Hit:
    flow = trial.flow
    ours = [v for v in inputs if v in flow.from_input]
    assert trial.failure is not None
    place = first_frame(trial.failure.frames, evidence.files)
    if len(ours) < 2:
        return _plain(evidence, trial)
    first, second = ours[0], ours[1]
    overwritten = _overwritten(evidence, trial, ours)
    if overwritten is not None:
        return overwritten
    depth = {v: flow.depth.get(v, (0, 0)) for v in (first, second)}
    short, deep = sorted((first, second), key=lambda v: (depth[v][1], _largest_kernel(flow, v)))
    facts: dict[str, Any] = {"shortcut": flow.shape(short), "residual": flow.shape(deep), "error": trial.failure.text}
    if depth[short][0] >= 2 and depth[deep][1] > depth[short][1]:
        return evidence.hit("R120", _line_of_last(evidence, trial, deep) or place, trial, **facts)
    if flow.shape(short)[2:] != flow.shape(deep)[2:]:
        found = _sides(evidence, trial, short, deep, place, facts)
        if found is not None:
            return found
    if depth[short][1] == 0:
        at = _reshaping(evidence, trial, short) or projection_test(evidence, trial) or place
        return Unit(evidence, trial, flow, [], None).hit("R114", at, **facts)
    if flow.shape(short)[1:2] == flow.shape(deep)[1:2]:
        return evidence.hit("R114", place, trial, **facts)
    return _channels(evidence, trial, short, deep, facts)


def _overwritten(evidence: Evidence, trial: Trial, ours: list[int]) -> Hit | None:
    flow = trial.flow
    if max(flow.depth.get(v, (0, 0))[1] for v in ours) > 1:
        return None
    for op in dead_weighted(flow):
        place = overwriting(evidence, dead_end(flow, op))
        reading = [o for v in ours for o in flow.chain(v).weighted if o.side > 1]
        if any(evidence.line_of(o) == place for o in reading):
            return evidence.hit("R103", place, trial, wasted=_layer_name(trial, op))
        if place is not None:
            return evidence.hit("R101", place, trial, lost=trial.tape.calls[op.calls[-1]].path or op.name)
    return None


def _largest_kernel(flow: Flow, value: int) -> int:
    return max((op.side for op in flow.chain(value).weighted), default=0)


def _line_of_last(evidence: Evidence, trial: Trial, value: int) -> Place | None:
    ops = trial.flow.chain(value).weighted
    return evidence.line_of(ops[-1]) if ops else None


def _sides(
    evidence: Evidence, trial: Trial, short: int, deep: int, place: Place | None, facts: dict[str, Any]
) -> Hit | None:
    """Blame the operand whose map does not have the side ⌈input side / stride⌉."""
    flow, step = trial.flow, trial.wanted.get("stride", 1)
    side = math.ceil(trial.in_shape[2] / step) if len(trial.in_shape) > 2 else 1
    here = {v: flow.shape(v)[2] if len(flow.shape(v)) > 2 else side for v in (short, deep)}
    bad_padding = _padding_fault(evidence, trial, deep) or _padding_fault(evidence, trial, short)
    for value, role in ((deep, "residual"), (short, "shortcut")):
        if here[value] == side:
            continue
        chain = [op for op in weighted_before(flow, value) if isinstance(op, Convolution)]
        strided = [op for op in chain if op.strided]
        if bad_padding is not None and here[value] not in (side * step, math.ceil(side / 2), trial.in_shape[2]):
            return bad_padding
        if role == "shortcut" and not chain:
            at = _reshaping(evidence, trial, short) or projection_test(evidence, trial) or place
            return Unit(evidence, trial, flow, [], None).hit("R114", at, **facts)
        if here[value] > side and step > 1 and not strided and chain:
            at = evidence.layer_place(conv_to_stride(chain, role), trial, "stride")
            return evidence.hit("R110", at, trial, path=role, **facts)
        if here[value] < side and len(strided) > 1:
            return evidence.hit("R111", evidence.layer_place(strided[-1], trial, "stride"), trial, path=role, **facts)
        if here[value] < side and strided and not depth_of(flow, short) and _strides_by_default(evidence, trial):
            return evidence.hit("R114", projection_test(evidence) or place, trial, **facts)
        if here[value] < side and strided:
            return evidence.hit("R110", evidence.layer_place(strided[-1], trial, "stride"), trial, path=role, **facts)
        if bad_padding is not None:
            return bad_padding
    return bad_padding


def _padding_fault(evidence: Evidence, trial: Trial, value: int) -> Hit | None:
    for op in weighted_before(trial.flow, value):
        if not isinstance(op, Convolution) or is_cropped(trial.flow, op):
            continue
        wrong = padding_error(trial.flow, op)
        if wrong:
            rule = "R129" if wrong < 0 else "R130"
            place = evidence.layer_place(op, trial, "padding")
            return evidence.hit(rule, place, trial, "error", **padding_facts(op))
    return None


def padding_facts(op: Convolution) -> dict[str, Any]:
    """Return the padding that a convolution has, and the one that would keep the map's size."""
    return {"kernel": op.side, "padding": op.padding, "right": (op.side - 1) * max(op.dilation) // 2}


def _reshaping(evidence: Evidence, trial: Trial, value: int) -> Place | None:
    """Return the line that pads, slices, pools or resizes a shortcut without weights, where one does."""
    for op in trial.flow.chain(value).ops:
        if "pad" in op.name or op.name in ("slice", "cat", "copy_") or op.name in POOLS:
            return evidence.line_of(op)
    return None


def depth_of(flow: Flow, value: int) -> int:
    """Return the number of weighted operations before a value."""
    return flow.depth.get(value, (0, 0))[1]


def _strides_by_default(evidence: Evidence, trial: Trial) -> bool:
    """Tell a block that nobody asked to stride: no argument says how much, and a test decides on a projection."""
    names = trial.built.arguments if trial.built else {}
    return "stride" not in trial.wanted or not any("stride" in n or n == "s" for n in names)


def _channels(evidence: Evidence, trial: Trial, short: int, deep: int, facts: dict[str, Any]) -> Hit:
    wanted = trial.wanted.get("out")
    blamed = deep if trial.flow.shape(short)[1:2] == (wanted,) else short
    ops = weighted_before(trial.flow, blamed)
    at = evidence.layer_place(ops[-1], trial, "channels") if ops else None
    return evidence.hit(
        "R154", at, trial, layer=_layer_name(trial, ops[-1]) if ops else "", got=trial.flow.shape(blamed)[1],
        expected=wanted if wanted else trial.flow.shape(short)[1], error=facts["error"],
    )  # fmt: skip


@partial(
    Rule,
    code="R160",
    severity="error",
    title="the code did not end within its limits",
    message="{target}: {error}",
    evidence="stopped from outside",
    fix="- {code}",
    source="time and memory limit of `residua check`",
    wrong="while True: pass",
    right="for block in self.blocks: x = block(x)",
)
def r160(evidence: Evidence) -> Iterator[Hit]:
    """The process that ran the code was stopped; nobody inside sees that, so `examine.stopped_report` words it."""
    return iter(())


@partial(
    Rule,
    code="R161",
    severity="error",
    title="the code raises",
    message="{target}: {stage} fails: {error}",
    evidence="{trial}: {error}",
    fix="- {code}",
    source="Python's own traceback",
    wrong="out = self.rule(out)         # AttributeError",
    right="out = self.relu(out)",
    once=True,
    bare_crash=True,
    grave_with_options=True,
)
def r161(evidence: Evidence) -> Iterator[Hit]:
    """The code raises."""
    for hit in hits_of(evidence, "R161"):
        assert hit.trial is not None
        plain = hit.trial.kind in (Kind.SAME, Kind.AS_GIVEN, Kind.NEVER)
        if evidence.is_network or plain or _ran_through_user_code(hit.trial):
            yield hit


def _ran_through_user_code(trial: Trial) -> bool:
    return trial.failure is not None and trial.failure.stage in ("forward", "backward") and bool(trial.failure.frames)
