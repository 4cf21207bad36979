"""Does stochastic depth keep the shortcut, as often as it says, and is its mean over the draws what eval mode does?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Place
from residua.check.evidence.flow import SCALINGS, Chain
from residua.check.run.options import KEEPS, rebuilt
from residua.check.run.randomness import Draws, draws, shapes_vary, takes_chances
from residua.check.run.trial import Trial, measure
from residua.record.tape import Op

RANDOM = frozenset({"bernoulli", "bernoulli_", "rand", "rand_like", "uniform_", "native_dropout"})


def chance_hits(evidence: Evidence) -> Iterator[Hit]:
    """Yield what many passes in train mode show; a block without chance of its own is left after one pass."""
    chance = evidence.chance
    signal = chance.trial.signal if chance is not None else None
    if chance is None or signal is None or not takes_chances(chance.trial.module, signal):
        return
    trial: Trial = chance.trial
    vary = shapes_vary(trial.module, signal) or _in_other_shapes(evidence, chance)
    found = None if vary else draws(trial.module, signal)
    if not trial.tape.ops:
        measure(trial)
    if vary:
        yield evidence.hit("R166", _chance_line(evidence, trial), trial, what=f"the shape is {vary}")
    elif found is not None and found.blank:
        yield evidence.hit("R166", _blank_line(evidence, trial), trial, what="some passes put out nothing but zeros")
    elif (masked := _masked_shortcut(trial)) is not None:
        yield evidence.hit("R166", evidence.line_of(masked), trial, what="the shortcut is multiplied by a random mask")
    elif found is not None and found.dropped.any() and not found.dropped.all():
        yield from _frequencies(evidence, trial, found, chance.arguments)


def _in_other_shapes(evidence: Evidence, chance: Any) -> str:
    """Return what goes wrong in some passes of a configuration whose output has another shape than its input."""
    other = [t for t in evidence.finished if t.out_shape != t.in_shape and t.built is not None and t.signal is not None]
    for trial in other[-1:]:
        built = rebuilt(chance.candidate, trial, chance.arguments)
        if built is not None and trial.signal is not None:
            return shapes_vary(built.module, trial.signal)
    return ""


def _frequencies(evidence: Evidence, trial: Trial, found: Draws, arguments: dict[str, float]) -> Iterator[Hit]:
    name = next(iter(arguments), "")
    stated = 0.8 if len(arguments) == 1 else None
    if stated is not None and found.keep < 0.45:
        word = f"{name}={arguments[name]:g}"
        meant = "kept" if KEEPS.search(name) else "dropped"
        facts = {"stated": word, "meant": meant, "kept": f"{100 * found.keep:.0f}"}
        yield evidence.hit("R169", _chance_line(evidence, trial), trial, **facts)
        return
    gain = found.gain()
    if gain is None:
        return
    keep = stated if stated is not None else found.keep
    bare = abs(gain - 1) < 1e-6
    if bare or (stated is not None and abs(gain * keep - 1) > 0.05):
        place = _mask_line(evidence, trial) or _chance_line(evidence, trial)
        yield evidence.hit("R170", place, trial, gain=f"{gain:.3g}", right=f"{1 / keep:.3g}", keep=f"{keep:.2g}")


def _masked_shortcut(trial: Trial) -> Op | None:
    """Return the product of the shortcut, and not of the residual too, with one random number an image."""
    flow = trial.flow
    for join in trial.joins:
        for op in join.shortcut.ops:
            masks = [v for v in op.inputs if v not in flow.from_input and flow.shape(v)[:1] == trial.in_shape[:1]]
            small = [v for v in masks if flow.tape.tensor[v].numel() == trial.in_shape[0]]
            drawn = {v for o in flow.ops if o.name in RANDOM for v in o.outputs}
            if op.name in SCALINGS and drawn & flow.ancestors(tuple(small)) and not set(small) & _inputs(join.residual):
                return op
    return None


def _inputs(chain: Chain) -> set[int]:
    return {v for op in chain.ops for v in op.inputs}


def _random_op(trial: Trial) -> Op | None:
    return next((op for op in trial.tape.ops if op.name in RANDOM and op.frames), None)


def _chance_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that draws: of the operation, else the first in the class that names a generator."""
    op = _random_op(trial)
    if op is not None:
        return evidence.line_of(op)
    names = {type(m).__name__ for m in trial.module.modules()} | {evidence.class_name}
    for name in sorted(names):
        node = source.class_in(evidence.file, name)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1) if node else ():
            if re.search(r"\brand|bernoulli|uniform|binomial", source.text_of(evidence.file, line)):
                return evidence.file, line
    return None


def _mask_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that multiplies with what was drawn."""
    flow, drawn = trial.flow, _random_op(trial)
    if drawn is None:
        return None
    for op in flow.ops[drawn.index :]:
        if op.name in SCALINGS and flow.is_live(op) and set(op.inputs) & flow.from_input:
            behind = flow.ancestors(tuple(v for v in op.inputs if flow.tape.tensor[v].numel() <= trial.in_shape[0]))
            if behind & set(drawn.outputs):
                return evidence.line_of(op)
    return None


def _blank_line(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line of forward that returns zeros, else the one that hands the sum to the mask."""
    for op in reversed(trial.flow.ops):
        own = [f for f in op.frames if f.file in evidence.files and f.function == "forward"]
        if own and (op.name in ("zeros_like", "new_zeros", "zeros") or op.name in SCALINGS):
            return own[-1].file, own[-1].line
    line = source.zeros_line(evidence.file, evidence.class_name)
    return (evidence.file, line) if line else _chance_line(evidence, trial)
