"""When a layer refuses what it is given, is it the layer that is wrong, the one before it, or the call?"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import CONVS, PRODUCTS, Flow
from residua.check.evidence.geometry import weighted_before
from residua.check.evidence.liveness import dead_weighted
from residua.check.evidence.places import Place, first_frame, is_layer, is_shortcut_layer, outside_of
from residua.check.rules.hand_over import call_of
from residua.check.run.trial import Trial
from residua.record.tape import Op

_TAKES = ("in_channels", "num_features", "num_channels", "in_features")


@dataclass(frozen=True)
class Refusal:
    """A layer that got another number of channels than it takes.

    layer: its path, or the operation's name. data: the value that it was given. before: the weighted operations from
    which that was computed. features_last: the channels are its last axis, as linear layers have them.
    """

    evidence: Evidence
    trial: Trial
    failed: Op
    layer: str
    module: nn.Module | None
    data: int
    got: int
    takes: int | None
    before: list[Op]
    features_last: bool

    @property
    def is_convolution(self) -> bool:
        """True when the operation that failed is a convolution."""
        return self.failed.name in CONVS

    @property
    def line(self) -> Place | None:
        """The line that called the layer."""
        assert self.trial.failure is not None
        return first_frame(self.trial.failure.frames, self.evidence.files)

    def hit(self, rule: str, place: Place | None) -> Hit:
        """Make a hit with the numbers of channels as its facts."""
        assert self.trial.failure is not None
        facts: dict[str, Any] = {"layer": self.layer, "got": self.got, "expected": self.takes}
        return self.evidence.hit(rule, place, self.trial, error=self.trial.failure.text, **facts)


def at_layer(evidence: Evidence, trial: Trial, failed: Op) -> Hit | None:
    """Say what is wrong where a layer fails; None where it was not given anything of the input."""
    refusal = refusal_of(evidence, trial, failed)
    if refusal is None:
        return None
    if _is_part_of_the_input(refusal):
        return replace(_layer_is_wrong(refusal), severity="note")
    return (
        _layer_of_other_rank(refusal)
        or _batch_was_joined(refusal)
        or _convolution_was_wasted(refusal)
        or _projection_read_the_result(refusal)
        or _residual_read_the_projection(refusal)
        or (_channels_differ(refusal) if refusal.got != refusal.takes else None)
    )


def _channels_differ(refusal: Refusal) -> Hit:
    """The layer got another number of channels than it takes; where the numbers agree, something else is wrong."""
    return (
        _layer_before_is_wrong(refusal)
        or _call_is_wrong(refusal)
        or _block_is_wrong(refusal)
        or _layer_is_wrong(refusal)
    )


def _layer_of_other_rank(refusal: Refusal) -> Hit | None:
    """The convolution is of another rank than those that made its input, as an nn.Conv3d among nn.Conv2d."""
    flow, trial = refusal.trial.flow, refusal.trial
    weights = [flow.shapes[value] for value in refusal.failed.inputs if value not in flow.from_input]
    call = trial.tape.calls[refusal.failed.calls[-1]] if refusal.failed.calls else None
    given = len(flow.shapes[call.inputs[0]]) if call is not None and call.inputs else 0
    convolved = any(op.name in CONVS and len(flow.shapes[op.outputs[0]]) == given for op in refusal.before)
    if not (refusal.is_convolution and convolved and weights) or len(weights[0]) == given:
        return None
    assert trial.failure is not None
    made = refusal.evidence.made_at(refusal.module, trial)
    return refusal.evidence.hit("R161", made or refusal.line, trial, error=trial.failure.text, stage="forward")


_PARTS = ("select", "slice", "split", "chunk", "split_with_sizes", "unbind", "alias")


def _is_part_of_the_input(refusal: Refusal) -> bool:
    """Tell a layer that reads some of the input's channels, as in ShuffleNet v2: how many come in was our guess."""
    given, maker = refusal.trial.in_shape, refusal.trial.flow.maker(refusal.data)
    parted = maker is not None and maker.name in _PARTS and not refusal.before
    return parted and len(given) > 1 and refusal.takes == given[1] != refusal.got


def refusal_of(evidence: Evidence, trial: Trial, failed: Op) -> Refusal | None:
    """Return what a layer was given and what it takes; None where it was given nothing of the input."""
    flow = trial.flow
    data = next((value for value in failed.inputs if value in flow.from_input), None)
    if data is None:
        return None
    call = trial.tape.calls[failed.calls[-1]] if failed.calls else None
    module = call.module if call is not None and is_layer(call.module) else None
    features_last = failed.name in PRODUCTS or "layer_norm" in failed.name
    return Refusal(
        evidence,
        trial,
        failed,
        call.path if call is not None else failed.name,
        module,
        data,
        flow.shapes[data][-1 if features_last else 1],
        _takes(module, flow, failed.inputs),
        weighted_before(flow, data),
        features_last,
    )


def _takes(module: nn.Module | None, flow: Flow, inputs: tuple[int, ...]) -> int | None:
    """Return the number of channels that a layer was made for: of its own saying, else by its weights."""
    for name in _TAKES:
        value = getattr(module, name, None)
        if isinstance(value, int):
            return value
    weights = [flow.shapes[value] for value in inputs if value not in flow.from_input]
    first = weights[0] if weights else ()
    return first[1] if len(first) > 1 else first[0] if first else None


def _batch_was_joined(refusal: Refusal) -> Hit | None:
    """The convolution was given a concatenation along the batch."""
    made = refusal.trial.flow.maker(refusal.data)
    if made is None or made.name != "cat" or made.arguments.get("dim", 0) != 0 or not refusal.is_convolution:
        return None
    return refusal.hit("R154", refusal.evidence.line_of(made))


def _convolution_was_wasted(refusal: Refusal) -> Hit | None:
    """The convolution was given the block's input, and one whose result would fit ran before it for nothing."""
    flow = refusal.trial.flow
    wasted = dead_weighted(flow) if refusal.is_convolution and not refusal.before else []
    if not any(flow.shapes[op.outputs[0]][1] == refusal.takes for op in wasted):
        return None
    name = refusal.trial.path_of(wasted[0])
    return refusal.evidence.hit("R103", refusal.line, refusal.trial, wasted=name)


def _projection_read_the_result(refusal: Refusal) -> Hit | None:
    """A layer that is named as a shortcut, and takes the block's input, was given the residual's result."""
    named = re.search(r"short|skip|down|proj|ident|resid|match", refusal.layer, re.I)
    of_the_input = refusal.takes == refusal.trial.wanted.get("in")
    if not refusal.before or not refusal.is_convolution or not named or not of_the_input:
        return None
    return refusal.hit("R120", refusal.line)


def _residual_read_the_projection(refusal: Refusal) -> Hit | None:
    """A layer that takes the block's input was given what a projection had made of it."""
    trial = refusal.trial
    swapped = (refusal.takes, refusal.got) == (trial.wanted.get("in"), trial.wanted.get("out"))
    if not swapped or refusal.evidence.is_network or len(refusal.before) != 1:
        return None
    return refusal.hit("R154", refusal.line) if is_shortcut_layer(refusal.before[0], trial) else None


def _layer_before_is_wrong(refusal: Refusal) -> Hit | None:
    """The layer before puts out the block's input channels, where others are wanted."""
    trial = refusal.trial
    if not refusal.before:
        return None
    last, low, high = refusal.before[-1], trial.wanted.get("in"), trial.wanted.get("out")
    if "norm" in refusal.failed.name:
        # in a part of the block the two were made for its own numbers, which ours are not
        of_block = _class_of_both(refusal) in ("", type(trial.module).__name__)
        is_wrong = of_block and refusal.takes == high != refusal.got
    else:
        changes = low != high and refusal.takes not in (low, None)
        is_wrong = changes and refusal.got == low and trial.flow.shapes[trial.flow.data(last)][1] == low
    if not is_wrong:
        return None
    made = refusal.evidence.layer_place(last, trial, "channels")
    return replace(refusal, layer=trial.path_of(last)).hit("R154", made)


def _call_is_wrong(refusal: Refusal) -> Hit | None:
    """A part that had run well is called a second time, or a layer in place of one that fits."""
    trial = refusal.trial
    for index in refusal.failed.calls[1:]:
        call = trial.tape.calls[index]
        if any(earlier.module is call.module and earlier.finished for earlier in trial.tape.calls[:index]):
            return refusal.hit("R154", first_frame(call.frames, refusal.evidence.files))
    return refusal.hit("R154", refusal.line) if _another_was_meant(refusal) else None


def _another_was_meant(refusal: Refusal) -> bool:
    """Tell whether a layer of the same kind that never ran takes what this one was given."""
    called = {id(call.module) for call in refusal.trial.tape.calls if call.finished}
    if refusal.module is None or id(refusal.module) not in called:
        return False  # it stands in its first place; what it was made with is wrong
    kind = type(refusal.module)
    idle = [module for module in refusal.trial.module.modules() if type(module) is kind and id(module) not in called]
    return any(getattr(module, name, None) == refusal.got for module in idle for name in _TAKES)


def _block_is_wrong(refusal: Refusal) -> Hit | None:
    """The first layers of a network's block were made for other channels than those that come to the block.

    Blamed is the `expansion` of the block's class where it is the factor between them, else the line that made it.
    """
    trial, calls = refusal.trial, refusal.trial.tape.calls
    own = [calls[index] for index in refusal.failed.calls[1:] if not calls[index].of_torch]
    block = own[-1] if refusal.evidence.is_network and own else None
    widened = _by_expansion(refusal)
    if widened is not None:
        return refusal.hit("R154", widened)
    if block is None or refusal.data not in block.inputs:
        return None
    updated = _not_updated(refusal, block.module)
    return refusal.hit("R154", updated or refusal.evidence.made_at(block.module, trial, "channels"))


def _not_updated(refusal: Refusal, block: nn.Module) -> Place | None:
    """Return the line of the method that makes blocks by which it sets the attribute that this block is given."""
    for site in outside_of(block, refusal.trial.sites(block)):
        if site.function == "__init__" or site.file not in refusal.evidence.files:
            continue
        named = (type(block).__name__, "block", "Block")  # a class that a network takes has the argument's name
        call = next((call for name in named if (call := call_of(site.file, site.line, name)) is not None), None)
        given = call.args[0] if call is not None and call.args else None
        around = source.function_at(site.file, site.line)
        if around is None or not isinstance(given, ast.Attribute) or ast.unparse(given.value) != "self":
            return None
        nodes = (node for node in ast.walk(around) if isinstance(node, ast.Assign))
        sets = [node.lineno for node in nodes if any(ast.unparse(each) == ast.unparse(given) for each in node.targets)]
        return (site.file, sets[-1]) if sets else None
    return None


def _by_expansion(refusal: Refusal) -> Place | None:
    """Return the line of an `expansion` of 1 where four times the channels, as of bottlenecks, are expected."""
    if refusal.takes != 4 * refusal.got:
        return None
    for call in refusal.trial.tape.calls:
        kind = type(call.module)
        if (
            vars(kind).get("expansion") == 1
            and sum(isinstance(each, nn.Conv2d) for each in call.module.children()) == 3
        ):
            line = source.class_attribute_line(refusal.evidence.file, kind.__name__, "expansion")
            return (refusal.evidence.file, line) if line is not None else None
    return None


def _layer_is_wrong(refusal: Refusal) -> Hit:
    """Blame the line that made the layer; for a function, or a layer without weights, the line that called it."""
    owns = refusal.module is not None and any(True for _ in refusal.module.parameters(recurse=False))
    within, trial = _class_of_both(refusal), refusal.trial
    made = refusal.evidence.made_at(refusal.module, trial, "channels in", within) if owns else None
    return refusal.hit("R154", made or refusal.line)


def _class_of_both(refusal: Refusal) -> str:
    """Return the class of the innermost module in which both the layer and the one before it ran; empty for neither.

    Its own numbers do not fit each other there, whoever made it.
    """
    last = refusal.before[-1] if refusal.before else None
    shared = [index for index in refusal.failed.calls if last is not None and index in last.calls]
    own = [refusal.trial.tape.calls[index] for index in shared if not refusal.trial.tape.calls[index].of_torch]
    return type(own[-1].module).__name__ if own else ""
