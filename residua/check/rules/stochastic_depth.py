"""Does stochastic depth keep the shortcut, as often as it says, and is its mean over the draws what eval mode does?"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import RANDOM, SAME, SCALINGS, Chain
from residua.check.evidence.influence import enclosing
from residua.check.evidence.joins import Join, after
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.options import KEEPS
from residua.check.run.randomness import Draws, Gain, Passes, gain_on_ones
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R166",
    severity="warning",
    title="stochastic depth drops the shortcut too",
    message=(
        "{target}: the random mask drops the whole sum; stochastic depth drops the residual and keeps the shortcut"
    ),
    evidence="{what}",
    fix="- {code}\n+ x + drop_path(residual)",
    source="Huang 2016 §3",
    wrong="return self.drop_path(x + self.body(x))",
    right="return x + self.drop_path(self.body(x))",
    implies=("R169", "R170"),
)
def r166(evidence: Evidence) -> Iterator[Hit]:
    """A random mask drops whole images from the sum, so that the shortcut goes with the residual."""
    for unit in evidence.units:
        for join in unit.joins:
            op = _dropped_after(unit, join)
            if op is not None:
                outside = _outermost(evidence, unit.trial, op)
                what = "the sum is multiplied by one random number an image"
                yield evidence.hit("R166", outside or evidence.line_of(op), unit.trial, what=what)
    passes = evidence.passes
    if passes is None:
        return
    trial, drawn = passes.trial, passes.drawn
    if passes.varying:
        yield evidence.hit("R166", _chance_line(evidence, trial), trial, what=f"the shape is {passes.varying}")
    elif drawn is not None and drawn.blank:
        yield evidence.hit("R166", _blank_line(evidence, trial), trial, what="some passes put out nothing but zeros")
    elif (masked := _masked_shortcut(trial)) is not None:
        place = _outermost(evidence, trial, masked) or evidence.line_of(masked)
        yield evidence.hit("R166", place, trial, what="the shortcut is multiplied by a random mask")


def _dropped_after(unit: Unit, join: Join) -> Op | None:
    for op in after(unit.flow, join):
        if op.name in SCALINGS and any(
            _is_image_mask(unit, value) for value in op.inputs if value not in unit.flow.carriers(op)
        ):
            return op
        if op.name not in SCALINGS and op.name not in SAME:
            return None
    return None


def _is_image_mask(unit: Unit, value: int) -> bool:
    flow = unit.flow
    if flow.tape.tensor[value].numel() != unit.in_shape[0]:
        return False
    behind = flow.ancestors((value,))
    return any(op.name in RANDOM and set(op.outputs) & behind for op in flow.ops)


def _outermost(evidence: Evidence, trial: Trial, op: Op) -> tuple[str, int] | None:
    """Return the line of the block's own forward that called a helper module such as DropPath."""
    frames = [frame for frame in op.frames if frame.file in evidence.files and frame.function == "forward"]
    return (frames[-1].file, frames[-1].line) if frames and not evidence.is_network else None


def _masked_shortcut(trial: Trial) -> Op | None:
    """Return the product of the shortcut, and not of the residual too, with one random number an image."""
    flow = trial.flow
    for join in trial.joins:
        for op in join.shortcut.ops:
            # x.new_empty(n, 1, 1) takes no content of x, yet hangs on it: what the product carries is no mask
            others = [value for value in op.inputs if value not in flow.carriers(op)]
            masks = [value for value in others if flow.shapes[value][:1] == trial.in_shape[:1]]
            small = [value for value in masks if flow.tape.tensor[value].numel() == trial.in_shape[0]]
            drawn = {value for op in flow.ops if op.name in RANDOM for value in op.outputs}
            if op.name in SCALINGS and drawn & flow.ancestors(tuple(small)) and not set(small) & _inputs(join.residual):
                return op
    return None


def _inputs(chain: Chain) -> set[int]:
    return {value for op in chain.ops for value in op.inputs}


def _chance_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that draws: of the operation, else the first in the class that names a generator."""
    op = _random_op(trial)
    if op is not None:
        return evidence.line_of(op)
    names = {type(module).__name__ for module in trial.module.modules()} | {evidence.class_name}
    for name in sorted(names):
        node = source.class_in(evidence.file, name)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1) if node else ():
            if re.search(r"\brand|bernoulli|uniform|binomial", source.text_of(evidence.file, line)):
                return evidence.file, line
    return None


def _random_op(trial: Trial) -> Op | None:
    return next((op for op in trial.tape.ops if op.name in RANDOM and op.frames), None)


def _blank_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of forward that returns zeros, else the one that hands the sum to the mask."""
    for op in reversed(trial.flow.ops):
        own = [frame for frame in op.frames if frame.file in evidence.files and frame.function == "forward"]
        if own and (op.name in ("zeros_like", "new_zeros", "zeros") or op.name in SCALINGS):
            return own[-1].file, own[-1].line
    line = source.zeros_line(evidence.file, evidence.class_name)
    return (evidence.file, line) if line else _chance_line(evidence, trial)


@partial(
    Rule,
    code="R169",
    severity="error",
    title="the residual is dropped as often as it should be kept",
    message=(
        "{target}: with {stated} the residual takes part in {kept} % of the training passes: the test is inverted"
    ),
    evidence="{stated} says how often it is {meant}; kept in {kept} % of the draws",
    fix="- {code}\n+ if self.training and torch.rand(()) >= keep_prob: return shortcut",
    source="Huang 2016 §3",
    wrong="if torch.rand(()) < self.survival: return x",
    right="if torch.rand(()) >= self.survival: return x",
    implies=("R126",),
)
def r169(evidence: Evidence) -> Iterator[Hit]:
    """The residual is dropped as often as the argument says that it is kept."""
    passes = evidence.passes
    drawn = _frequencies(passes)
    if passes is None or drawn is None or not _is_inverted(passes, drawn):
        return
    name = next(iter(passes.arguments))
    facts = {
        "stated": f"{name}={passes.arguments[name]:g}",
        "meant": "kept" if KEEPS.search(name) else "dropped",
        "kept": f"{100 * drawn.keep:.0f}",
    }
    yield evidence.hit("R169", _chance_line(evidence, passes.trial), passes.trial, **facts)


def _frequencies(passes: Passes | None) -> Draws | None:
    """Return the draws, where R166 has nothing to say and the residual is dropped in some of them, not in all."""
    if passes is None or passes.drawn is None or passes.drawn.blank or _masked_shortcut(passes.trial) is not None:
        return None
    return passes.drawn if passes.drawn.dropped.any() and not passes.drawn.dropped.all() else None


def _is_inverted(passes: Passes, drawn: Draws) -> bool:
    # Of the draws, whose seeds are fixed, four in five are kept where the block is right, one in five where its test
    # is inverted.
    return passes.stated is not None and drawn.keep < 0.45


@partial(
    Rule,
    code="R170",
    severity="warning",
    title="stochastic depth has another mean in training than in eval mode",
    message=(
        "{target}: a kept residual counts {gain} times what it counts in eval mode; kept with probability "
        "{keep}, it has to count {right} times"
    ),
    evidence="(kept − dropped) / (eval − dropped) = {gain}, expected {right}",
    fix="- {code}\n+ return x * mask / keep_prob, or scale the residual by keep_prob in eval mode",
    source="Huang 2016 §3; EfficientNet's drop_connect",
    wrong="return x * mask",
    right="return x * mask / keep_prob",
)
def r170(evidence: Evidence) -> Iterator[Hit]:
    """A kept residual is not scaled up by one over its probability, nor scaled down in eval mode."""
    found = list(_of_layers(evidence))
    yield from found
    if found:
        return
    passes = evidence.passes
    drawn = _frequencies(passes)
    if passes is None or drawn is None or _is_inverted(passes, drawn):
        return
    gain = drawn.gain()
    if gain is None:
        return
    keep = passes.stated if passes.stated is not None else drawn.keep
    # Draws are in float64, so that a right gain is right to rounding. From 0.005 to 0.05 every finding on tests/check
    # is the same; with 0.3 a residual that is scaled in both modes is missed (planted/R170/sd_both_scaled).
    unscaled = abs(gain - 1) < 1e-6
    if unscaled or (passes.stated is not None and abs(gain * keep - 1) > 0.05):
        place = _under_mode(evidence, passes.trial) or _mask_line(evidence, passes.trial)
        place = place or _chance_line(evidence, passes.trial)
        facts = {"gain": f"{gain:.3g}", "right": f"{1 / keep:.3g}", "keep": f"{keep:.2g}"}
        yield evidence.hit("R170", place, passes.trial, **facts)


def _of_layers(evidence: Evidence) -> Iterator[Hit]:
    """Let each layer of the user's that draws, and has no weights, act on ones: its mean in training is that of eval.

    One layer a class; several draws are told apart from none by R169 and R146.
    """
    kinds: set[type] = set()
    for trial in [*evidence.finished[:1], *([evidence.passes.trial] if evidence.passes is not None else [])]:
        for op in trial.tape.ops:
            owner = trial.tape.owner(op) if op.name in RANDOM else None
            call = trial.tape.calls[owner] if owner else None
            if call is None or type(call.module) in kinds or next(call.module.parameters(), None) is not None:
                continue
            kinds.add(type(call.module))
            found = gain_on_ones(call.module, len(trial.tape.shape[call.inputs[0]])) if call.inputs else None
            if found is not None and not any(_shares(found, keep) for keep in (found.keep, 1 - found.keep)):
                place = _line_of_mask(evidence, trial, op)
                gain, right = found.kept / found.rest, 1 / found.keep
                facts = {"gain": f"{gain:.3g}", "right": f"{right:.3g}", "keep": f"{found.keep:.2g}"}
                yield evidence.hit("R170", place, trial, **facts)


def _shares(gain: Gain, keep: float) -> bool:
    """Tell a mean in training, with this share kept, that is that of eval; where the test is inverted, of the rest."""
    return abs(gain.kept * keep - gain.rest) <= _OFF_BY * gain.rest


# The share of kept ones among 4,096 is off by less than 0.03 four times its deviation; a mask without its scale at the
# smallest usual probability, 0.05, is off by 0.05.
_OFF_BY = 0.04


def _line_of_mask(evidence: Evidence, trial: Trial, drawn: Op) -> Place | None:
    """Return the line of the scaling by a number or a mask next to a draw, in the function that draws."""
    lines = [evidence.line_of(op) for op in trial.tape.ops[drawn.index :] if op.name in SCALINGS and op.frames]
    return lines[0] if lines else evidence.line_of(drawn)


def _under_mode(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the test of the mode around the call of a function that takes the mode: it is never called in eval."""
    op = _random_op(trial)
    own = [frame for frame in op.frames if frame.file in evidence.files] if op is not None else []
    for inner, outer in itertools.pairwise(own):
        if inner.function == "forward" or not any("train" in name for name in inner.parameters):
            return None
        tests = [node for node in enclosing(outer.file, outer.line) if isinstance(node, ast.If)]
        around = [node for node in tests if "training" in ast.unparse(node.test)]
        return (outer.file, around[-1].lineno) if around else None
    return None


def _mask_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that multiplies with what was drawn."""
    flow, drawn = trial.flow, _random_op(trial)
    if drawn is None:
        return None
    for op in flow.ops[drawn.index :]:
        if op.name in SCALINGS and op in flow.live_ops and set(op.inputs) & flow.from_input:
            behind = flow.ancestors(
                tuple(value for value in op.inputs if flow.tape.tensor[value].numel() <= trial.in_shape[0])
            )
            if behind & set(drawn.outputs):
                return evidence.line_of(op)
    return None


@partial(
    Rule,
    code="R188",
    severity="warning",
    title="stochastic depth that drops single values",
    message="{target}: {name} draws {drawn} numbers where it should draw one for each of {images} images: a dropout",
    evidence="the mask has the shape {shape} for an input {given}",
    fix="- {code}\n+ one number an image: torch.rand(x.shape[0], *[1] * (x.dim() - 1))",
    source="Huang 2016 §3",
    wrong="mask = torch.rand_like(x) < keep",
    right="mask = torch.rand(x.shape[0], 1, 1, 1) < keep",
    once=True,
)
def r188(evidence: Evidence) -> Iterator[Hit]:
    """What is called stochastic depth draws a number for each value, channel or token: it never drops a residual."""
    trials = [*evidence.finished, *([evidence.passes.trial] if evidence.passes is not None else [])]
    for trial in trials:
        for op in trial.tape.ops:
            name = _of_stochastic_depth(trial, op) if op.name in RANDOM | {"native_dropout"} else ""
            shape = trial.tape.shape[op.outputs[-1]] if name and op.outputs else ()
            if not name or math.prod(shape[1:]) <= 1 or not trial.in_shape:
                continue
            layer = evidence.layer(op, trial)
            made = evidence.made_at(layer, trial) if isinstance(layer, nn.modules.dropout._DropoutNd) else None
            facts: dict[str, Any] = {
                "name": name,
                "drawn": math.prod(shape),
                "images": trial.in_shape[0],
                "shape": shape,
            }
            yield evidence.hit("R188", made or evidence.line_of(op), trial, given=trial.in_shape, **facts)
            return


_NAMED = re.compile(r"drop_?path|stoch\w*_?depth|drop_?connect|survival", re.I)


def _of_stochastic_depth(trial: Trial, op: Op) -> str:
    """Return the name of the module or function, called after stochastic depth, in which a number was drawn."""
    for index in reversed(op.calls):
        call = trial.tape.calls[index]
        for name in (type(call.module).__name__, call.path.rpartition(".")[2]):
            if _NAMED.search(name) and next(call.module.parameters(), None) is None:
                return name
    return next((frame.function for frame in op.frames if _NAMED.search(frame.function)), "")
