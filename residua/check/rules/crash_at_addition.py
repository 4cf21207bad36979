"""When two operands do not fit, which of the two paths has the wrong shape, and by which layer?"""

from __future__ import annotations

import ast
import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import POOLS, Flow
from residua.check.evidence.geometry import (
    conv_to_stride,
    even_error,
    is_cropped,
    padded_twice,
    padding_error,
    padding_facts,
    weighted_before,
)
from residua.check.evidence.influence import enclosing
from residua.check.evidence.liveness import dead_weighted, overwriting
from residua.check.evidence.places import Place, first_frame, is_shortcut_layer
from residua.check.rules.crash_at_features import at_features
from residua.check.rules.failed_stretch import as_block_saw, from_sum_before
from residua.check.rules.hand_over import amount_line, value_line
from residua.check.rules.projections import projection_test
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Convolution
from residua.targets import Role, signature_of


@dataclass(frozen=True)
class Path:
    """One of the two operands, and the convolutions from which it was computed."""

    name: str
    value: int
    shape: tuple[int, ...]
    low: int
    high: int
    convs: list[Convolution]

    @property
    def strided(self) -> list[Convolution]:
        """The convolutions that stride."""
        return [op for op in self.convs if op.strided]


@dataclass(frozen=True)
class Mismatch:
    """An addition of a shortcut and a residual, the deeper of the two, whose shapes differ."""

    evidence: Evidence
    trial: Trial
    shortcut: Path
    residual: Path

    @property
    def line(self) -> Place | None:
        """The line of the addition."""
        assert self.trial.failure is not None
        return first_frame(self.trial.failure.frames, self.evidence.files)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the texts say of the two shapes."""
        assert self.trial.failure is not None
        return {"shortcut": self.shortcut.shape, "residual": self.residual.shape, "error": self.trial.failure.text}

    def hit(self, rule: str, place: Place | None, **facts: Any) -> Hit:
        """Make a hit with the two shapes as its facts."""
        return self.evidence.hit(rule, place, self.trial, **self.facts, **facts)


def at_addition(evidence: Evidence, trial: Trial, inputs: tuple[int, ...]) -> Hit | None:
    """Say what is wrong where an addition fails; None where it does not bring two values of the input together."""
    inner = as_block_saw(trial, inputs)
    trial = inner if evidence.is_network or inner is not trial else from_sum_before(trial, inputs)
    ours = [value for value in inputs if value in trial.flow.from_input]
    if len(ours) < 2:
        return None
    mismatch = _mismatch(evidence, trial, _first_two_of_unlike_size(trial.flow, ours))
    if _joins_unlike_sides(mismatch):
        return _padding_fault(mismatch, mismatch.residual) or _padding_fault(mismatch, mismatch.shortcut)
    return (
        _batch_is_wrong(mismatch)
        or _residual_was_overwritten(evidence, trial, ours)
        or at_features(evidence, trial, mismatch.shortcut.value, mismatch.residual.value)
        or _projection_read_the_result(mismatch)
        or _side_is_wrong(mismatch)
        or _option_is_wrong(mismatch)
        or _expansion_is_wrong(mismatch)
        or _shape_is_not_kept(mismatch)
        or _projection_is_missing(mismatch)
        or _channels_are_wrong(mismatch)
    )


def _batch_is_wrong(mismatch: Mismatch) -> Hit | None:
    """Blame what joined tensors along the axis of the images, so that one operand has several times as many."""
    flow = mismatch.trial.flow
    batch = flow.shapes[flow.inputs[0]][:1]
    several = [path.value for path in (mismatch.shortcut, mismatch.residual) if path.shape[:1] != batch]
    behind = flow.ancestors(tuple(several))
    joining = [op for op in flow.ops if op.name in ("cat", "stack", "repeat") and not behind.isdisjoint(op.outputs)]
    for op in joining if len(several) == 1 else ():
        got = flow.shapes[op.outputs[0]][:1]
        if got != batch and all(flow.shapes[value][:1] == batch for value in op.inputs):
            facts = {"given": batch[0], "got": got[0], "shape": mismatch.trial.in_shape}
            facts["mend"] = "the same call with dim=1"
            return mismatch.hit("R133", mismatch.evidence.line_of(op), **facts)
    return None


def _joins_unlike_sides(mismatch: Mismatch) -> bool:
    """Tell a concatenation of maps of two sizes where no stride was asked for: either may be the wrong one."""
    failed, sides = mismatch.trial.tape.failed, (mismatch.shortcut.shape[2:], mismatch.residual.shape[2:])
    joins = failed is not None and failed.name == "cat" and mismatch.trial.wanted.get("stride", 1) < 2
    return joins and sides[0] != sides[1]


def _first_two_of_unlike_size(flow: Flow, ours: list[int]) -> list[int]:
    pairs = (pair for pair in itertools.combinations(ours, 2) if flow.shapes[pair[0]][2:] != flow.shapes[pair[1]][2:])
    return list(next(pairs, ours[:2]))


def _mismatch(evidence: Evidence, trial: Trial, ours: list[int]) -> Mismatch:
    shortcut, residual = sorted(ours[:2], key=lambda value: _depth_and_kernel(trial.flow, value))
    return Mismatch(evidence, trial, _path("shortcut", trial.flow, shortcut), _path("residual", trial.flow, residual))


def _depth_and_kernel(flow: Flow, value: int) -> tuple[int, int]:
    """Order values by the weighted operations behind them; of equals, the one with the larger kernel is deeper."""
    return flow.depth.get(value, (0, 0))[1], max((op.side for op in flow.chain(value).weighted), default=0)


def _path(name: str, flow: Flow, value: int) -> Path:
    convs = [op for op in weighted_before(flow, value) if isinstance(op, Convolution)]
    return Path(name, value, flow.shapes[value], *flow.depth.get(value, (0, 0)), convs)


def _residual_was_overwritten(evidence: Evidence, trial: Trial, ours: list[int]) -> Hit | None:
    """Neither operand is a residual: it was computed and lost before, by an assignment or a wrong argument."""
    flow = trial.flow
    if max(flow.depth.get(value, (0, 0))[1] for value in ours) > 1:
        return None
    reading = [op for value in ours for op in flow.chain(value).weighted if op.side > 1]
    for op in dead_weighted(flow):
        place = overwriting(evidence, flow.last_computed_from(op))
        if any(evidence.line_of(other) == place for other in reading):
            return evidence.hit("R103", place, trial, wasted=trial.path_of(op))
        if place is not None:
            return evidence.hit("R101", place, trial, lost=trial.path_of(op) or op.name)
    return None


def _projection_read_the_result(mismatch: Mismatch) -> Hit | None:
    """Both operands passed the residual's convolutions: no shortcut is left."""
    if mismatch.shortcut.low < 2 or mismatch.residual.high <= mismatch.shortcut.high:
        return None
    last = mismatch.trial.flow.chain(mismatch.residual.value).weighted[-1:]
    return mismatch.hit("R120", (mismatch.evidence.line_of(last[0]) if last else None) or mismatch.line)


def _side_is_wrong(mismatch: Mismatch) -> Hit | None:
    """Blame the path whose map does not have the side ⌈input side / stride⌉."""
    trial = mismatch.trial
    if mismatch.shortcut.shape[2:] == mismatch.residual.shape[2:]:
        return None
    wanted = math.ceil(trial.in_shape[2] / trial.wanted.get("stride", 1)) if len(trial.in_shape) > 2 else 1
    padding = _padding_fault(mismatch, mismatch.residual) or _padding_fault(mismatch, mismatch.shortcut)
    for path in (mismatch.residual, mismatch.shortcut):
        side = path.shape[2] if len(path.shape) > 2 else wanted
        found = _of_side(mismatch, path, (side, wanted), padding) if side != wanted else None
        if found is not None:
            return found
    return padding


def _of_side(mismatch: Mismatch, path: Path, sides: tuple[int, int], padding: Hit | None) -> Hit | None:
    """Say why a path's map has the first of two sides instead of the second."""
    side, wanted = sides
    step = mismatch.trial.wanted.get("stride", 1)
    by_strides = (wanted * step, math.ceil(wanted / 2), mismatch.trial.in_shape[2])  # one too few, or one too many
    if padding is not None and side not in by_strides:
        return padding
    if path is mismatch.shortcut and not path.convs:
        return _without_projection(mismatch)
    found = _stride_is_missing(mismatch, path) if side > wanted else _strides_too_often(mismatch, path)
    return found or padding


def _stride_is_missing(mismatch: Mismatch, path: Path) -> Hit | None:
    if mismatch.trial.wanted.get("stride", 1) < 2 or path.strided or not path.convs:
        return None
    pool = next((op for op in mismatch.trial.flow.chain(path.value).ops if op.name in POOLS), None)
    if pool is not None:  # it shrinks the map, and not by the stride
        return mismatch.hit("R110", mismatch.evidence.layer_place(pool, mismatch.trial), path=path.name)
    at = mismatch.evidence.layer_place(conv_to_stride(path.convs, path.name), mismatch.trial, "stride")
    return mismatch.hit("R110", at, path=path.name)


def _strides_too_often(mismatch: Mismatch, path: Path) -> Hit | None:
    """Two convolutions stride, or one does although the other path does not."""
    if not path.strided:
        return None
    if len(path.strided) < 2 and mismatch.shortcut.high == 0 and _strides_unasked(mismatch.trial):
        return mismatch.hit("R114", projection_test(mismatch.evidence) or mismatch.line)
    at = mismatch.evidence.layer_place(path.strided[-1], mismatch.trial, "stride")
    return mismatch.hit("R111" if len(path.strided) > 1 else "R110", at, path=path.name)


def _strides_unasked(trial: Trial) -> bool:
    """Tell a block that nobody asked to stride: no argument says how much, and a test decides on a projection."""
    names = trial.built.arguments if trial.built else {}
    return "stride" not in trial.wanted or not any("stride" in name or name == "s" for name in names)


def _padding_fault(mismatch: Mismatch, path: Path) -> Hit | None:
    for op in path.convs:
        flow = mismatch.trial.flow
        wrong = 0 if is_cropped(flow, op) else padding_error(flow, op) or even_error(flow, op)
        idle = _idle_twin(mismatch.trial, op) if wrong > 0 else None
        if idle is not None:
            place = mismatch.evidence.made_at(idle[1], mismatch.trial)
            return mismatch.evidence.hit("R126", place, mismatch.trial, name=idle[0], when="", elsewhere="")
        if wrong:
            place = mismatch.evidence.layer_place(op, mismatch.trial, "padding")
            place = (value_line(*place, "padding") or place) if place is not None else None
            rule = "R129" if wrong < 0 else "R130"
            facts = padding_facts(op, wrong) | ({"right": 0} if padded_twice(flow, op) else {})
            return mismatch.evidence.hit(rule, place, mismatch.trial, "error", **facts)
    return None


def _idle_twin(trial: Trial, padded: Convolution) -> tuple[str, nn.Module] | None:
    """Return a module of the user's own that never ran, where one of its class ran after another such convolution.

    What a causal block cuts off again, it cuts off after each of them.
    """
    ran = {id(call.module): type(call.module) for call in trial.tape.calls}
    kinds = {kind for kind in ran.values() if not kind.__module__.startswith("torch.")}
    weighted = {id(trial.tape.calls[index].module) for index in padded.calls}
    for name, module in trial.module.named_modules():
        if id(module) not in ran and type(module) in kinds and id(module) not in weighted:
            return (name, module) if not any(True for _ in module.parameters()) else None
    return None


def _option_is_wrong(mismatch: Mismatch) -> Hit | None:
    """An option changed the channels of the residual, and the identity has those that were asked for, as before."""
    trial, sides = mismatch.trial, (mismatch.shortcut.shape[2:], mismatch.residual.shape[2:])
    as_asked = mismatch.shortcut.shape[1:2] == (trial.wanted.get("out"),) and sides[0] == sides[1]
    named = trial.kind is Kind.OPTION and any(type(value) is int for value in trial.options.values())
    return _channels_are_wrong(mismatch) if named and as_asked and mismatch.shortcut.high == 0 else None


def _shape_is_not_kept(mismatch: Mismatch) -> Hit | None:
    """A block that was asked to keep its channels, and that has no way to a projection, ends in other ones.

    Not where these are the ones that come in by default: there only our number of channels does not fit the others.
    """
    trial, sides = mismatch.trial, (mismatch.shortcut.shape[2:], mismatch.residual.shape[2:])
    asked = trial.kind in (Kind.SAME, Kind.AS_GIVEN) and mismatch.shortcut.high == 0 and sides[0] == sides[1]
    signature = signature_of(type(trial.module))
    entering = [name for name, role in signature.roles.items() if role in (Role.IN, Role.BOTH)]
    fits = mismatch.residual.shape[1] in [signature.parameters[name].default for name in entering]
    projects = {Role.DOWN, Role.PROJECT} & set(signature.roles.values()) or projection_test(mismatch.evidence, trial)
    return _channels_are_wrong(mismatch) if asked and not (fits or projects or _reshaping(mismatch)) else None


def _projection_is_missing(mismatch: Mismatch) -> Hit | None:
    """The shortcut has no weights, or as many channels as the residual and another side."""
    if mismatch.shortcut.high == 0:
        return _without_projection(mismatch)
    same = mismatch.shortcut.shape[1:2] == mismatch.residual.shape[1:2]
    return mismatch.hit("R114", _resized_by_layer(mismatch) or mismatch.line) if same else None


def _resized_by_layer(mismatch: Mismatch) -> Place | None:
    """Return the line of the pooling, else of the strided convolution, or a method's, that gives it another side."""
    chain = mismatch.trial.flow.chain(mismatch.shortcut.value).ops
    strided = [op for op in chain if isinstance(op, Convolution) and op.strided]
    for op in [op for op in chain if op.name in POOLS] + strided:
        place = mismatch.evidence.made_inside(mismatch.evidence.layer(op, mismatch.trial), mismatch.trial)
        if place is not None:
            return place
    last = next((op for op in chain if op.frames), None)  # a chain begins with its last operation
    return mismatch.evidence.line_of(last) if last is not None and last.frames[0].function != "forward" else None


def _without_projection(mismatch: Mismatch) -> Hit:
    """Blame what reshapes the shortcut, else the test that decides on a projection, else the addition."""
    evidence, trial = mismatch.evidence, mismatch.trial
    misplaced = _projection_on_residual(mismatch)
    if misplaced is not None:
        return mismatch.hit("R120", misplaced)
    at = _reshaping(mismatch) or _beside_a_projection(mismatch) or projection_test(evidence, trial) or mismatch.line
    return Unit(evidence, trial, trial.flow, [], None).hit("R114", at, **mismatch.facts)


def _projection_on_residual(mismatch: Mismatch) -> Place | None:
    """Return the line where the 1×1 that the test for a projection makes reads the residual instead of the input."""
    evidence, trial = mismatch.evidence, mismatch.trial
    last, test = mismatch.residual.convs[-1:], projection_test(evidence, trial)
    if not last or last[0].side != 1 or test is None:
        return None
    made = evidence.made_at(evidence.layer(last[0], trial), trial)
    tests = [node for node in enclosing(*made) if isinstance(node, ast.If)] if made is not None else []
    return evidence.line_of(last[0]) if any(node.test.lineno == test[1] for node in tests) else None


def _beside_a_projection(mismatch: Mismatch) -> Place | None:
    """Return the line of the addition, where a projection that would fit had run and nobody took its result."""
    trial = mismatch.trial
    added = trial.tape.failed.inputs if trial.tape.failed is not None else ()
    for op in trial.flow.ops:
        value = op.outputs[0] if op.outputs else -1
        idle = value not in added and not any(True for _ in trial.flow.users(value))
        if idle and trial.tape.shape.get(value) == mismatch.residual.shape and is_shortcut_layer(op, trial):
            return mismatch.line
    return None


def _reshaping(mismatch: Mismatch) -> Place | None:
    """Return the line that pads, slices, pools or resizes a shortcut without weights, where one does."""
    for op in mismatch.trial.flow.chain(mismatch.shortcut.value).ops:
        if "pad" in op.name or op.name in ("slice", "cat", "copy_") or op.name in POOLS:
            place = mismatch.evidence.line_of(op)
            return (amount_line(*place) or place) if place is not None else None
    return None


def _expansion_is_wrong(mismatch: Mismatch) -> Hit | None:
    """The shortcut follows the class's `expansion`, and the two 3×3 convolutions do not: a basic block's is 1."""
    evidence, convs = mismatch.evidence, mismatch.residual.convs
    kinds = [type(call.module) for call in mismatch.trial.tape.calls if not call.finished and not call.of_torch]
    widens = getattr(kinds[-1], "expansion", 1) if kinds else 1
    plain = [op.side for op in convs] == [3, 3] and len(mismatch.residual.shape) > 1
    if not plain or widens not in (2, 4) or mismatch.shortcut.shape[1] != widens * mismatch.residual.shape[1]:
        return None
    line = source.class_attribute_line(evidence.file, kinds[-1].__name__, "expansion")
    place = (evidence.file, line) if line is not None else None
    measured = f"{mismatch.residual.shape[1]}, and {mismatch.shortcut.shape[1]} of the shortcut"
    return evidence.hit("R141", place, mismatch.trial, "error", kind="basic", found=widens, right=1, measured=measured)


def _channels_are_wrong(mismatch: Mismatch) -> Hit:
    """Blame the last layer of the path that has not the channels that were asked for."""
    trial, wanted = mismatch.trial, mismatch.trial.wanted.get("out")
    right = mismatch.shortcut.shape[1:2] == (wanted,) or wanted is None
    blamed, other = (mismatch.residual, mismatch.shortcut) if right else (mismatch.shortcut, mismatch.residual)
    if wanted in (None, *blamed.shape[1:2]):
        wanted = other.shape[1]
    last = weighted_before(trial.flow, blamed.value)[-1:]
    return mismatch.evidence.hit(
        "R154",
        mismatch.evidence.layer_place(last[0], trial, "channels") if last else None,
        trial,
        layer=trial.path_of(last[0]) if last else "",
        got=blamed.shape[1],
        expected=wanted,
        error=mismatch.facts["error"],
    )
