"""Does the block's input reach the sum around the residual, pixel by pixel?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.alignment import Centres, distance, scrambling, shift
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import NORMS, Chain
from residua.check.evidence.joins import Join
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R198",
    severity="warning",
    title="the shortcut starts behind a layer of the block",
    message="{target}: the shortcut starts behind {layer}: no route from the input to the sum goes around it",
    evidence="{layer} lies on every route from input to output ({trial})",
    fix="- {code}\n+ identity = x, before the first layer",
    source="He 2016a eq. 1; He 2016b §3",
    wrong="out = F.relu(self.bn1(self.conv1(x)))\nidentity = out",
    right="identity = x\nout = F.relu(self.bn1(self.conv1(x)))",
    implies=("R118",),
    once=True,
)
def r198(evidence: Evidence) -> Iterator[Hit]:
    """The shortcut starts behind the first convolution, or from the normalised stream of a pre-normalised block."""
    for unit in evidence.units:
        if unit.in_shape != unit.out_shape or (unit.call is not None and unit.call.index < 0):
            continue  # where the shape changes, a first layer may make the channels that the sum needs
        if unit.trial is not evidence.same and not evidence.is_network:
            continue
        layer = _first_layer(unit) or _norm_of_the_stream(unit)
        if layer is not None:
            join = next(join for join in unit.joins if layer in _lead(unit, join).ops)
            place = _named_late(unit, layer, join)
            yield unit.hit("R198", place, join=join, op=layer, layer=unit.trial.path_of(layer) or layer.name)


def _lead(unit: Unit, join: Join) -> Chain:
    """Return the operations between the block's input and the value from which the shortcut starts."""
    return unit.flow.chain(join.shortcut.origin)


def _first_layer(unit: Unit) -> Op | None:
    """Return the convolution that belongs to the residual by its shape and stands before the shortcut.

    That is the first of two k×k, or the 1×1 of a bottleneck. Two convolutions behind an entering one are a design of
    their own (the 3-D U-Net of Lee 2017), and so is one that is depthwise, dilated or 1×1 (R2U-Net).
    """
    join = unit.main
    if join is None or len(unit.joins) > 1 or not _owns(unit, join):
        return None
    lead = _lead(unit, join)
    every = [*lead.weighted, *join.residual.weighted]
    convs = [op for op in every if isinstance(op, Convolution)]
    odd = any(op.depthwise or op.transposed or op.strided or max(op.dilation) > 1 for op in convs)
    if lead.origin not in unit.flow.inputs or len(lead.weighted) != 1 or len(convs) < len(every) or odd:
        return None
    others = len(unit.flow.weighted) - len(every) - len(join.shortcut.weighted)
    if unit.flow.shapes[join.op.outputs[0]] != unit.in_shape or others:
        return None  # a head before the sum, or a tail behind it
    sides = [op.side for op in convs]
    basic = len(sides) == 2 and sides[0] == sides[1] > 1
    bottleneck = len(sides) == 3 and sides[0] == 1 == sides[2] and sides[1] > 1
    return lead.weighted[0] if basic or bottleneck else None


def _norm_of_the_stream(unit: Unit) -> Op | None:
    """Return the norm that a block begins with, or that a later sub-layer of a pre-normalised one reads, and adds.

    Behind a sum it is the norm of a post-normalised block, unless another sub-layer has its norm on the residual.
    """
    for index, join in enumerate(unit.joins):
        lead = _lead(unit, join)
        norms = [op for op in lead.ops if op.name in NORMS]
        if not norms or lead.weighted or not join.is_identity or not _owns(unit, join):
            continue
        own = any(op.name in NORMS for op in join.residual.ops[-1:])
        if lead.origin in unit.flow.inputs and not own:
            return norms[0]
        before = [other for other in unit.joins[:index] if lead.origin == other.op.outputs[0]]
        if before and not own and _is_pre_normalised(before[0]):
            return norms[0]
    return None


def _is_pre_normalised(join: Join) -> bool:
    return join.is_identity and any(op.name in NORMS for op in join.residual.ops[-1:])


def _owns(unit: Unit, join: Join) -> bool:
    """Tell whether the unit's own forward adds: what stands before a block inside it is none of that block's."""
    return unit.trial.tape.owner(join.op) == (unit.call.index if unit.call is not None else 0)


def _named_late(unit: Unit, layer: Op, join: Join) -> Place | None:
    """Return the line that overwrites the stream by a norm, or names the shortcut; else the line of the sum."""
    added, made = unit.evidence.line_of(join.op), unit.evidence.line_beside(layer, join.op)
    if added is None or made is None:
        return added
    if layer.name in NORMS and re.match(r"(\w+) = .*\(\1\)", source.text_of(*made)):
        return made
    between = range(made[1], added[1])
    named = [line for line in between if re.match(r"\w+ = \w+(?!\S|\s*[^#\s])", source.text_of(added[0], line))]
    return (added[0], named[0]) if named else added


@partial(
    Rule,
    code="R199",
    severity="warning",
    title="shortcut and residual show different pixels",
    message=(
        "{target}: what is added here lies up to {pixels} pixels of the input beside what the residual "
        "was computed from"
    ),
    evidence="where the first pixel comes from (row, column): shortcut {shortcut}, residual {residual} ({trial})",
    fix="- {code}\n+ crop as much on each side as the convolutions take there; slice from 0 with the stride",
    source="He 2016a eq. 1",
    wrong="return self.unpadded(x) + x[:, :, :-4, :-4]",
    right="return self.unpadded(x) + x[:, :, 2:-2, 2:-2]",
    implies=("R129", "R148"),
    once=True,
)
def r199(evidence: Evidence) -> Iterator[Hit]:
    """A cropped, padded or pooled shortcut shows other pixels than those that the residual is centred on."""
    for unit in evidence.units:
        for join in unit.joins:
            mixed = scrambling(unit.flow, join)
            if mixed is not None:
                place, side = evidence.line_beside(mixed, join.op), max(unit.flow.shapes[mixed.outputs[0]][2:])
                words: dict[str, Any] = {"pixels": side - 1, "shortcut": f"{mixed.name}(x)", "residual": "x"}
                yield unit.hit("R199", place or evidence.line_of(join.op), join=join, **words)
                continue
            found = shift(unit.flow, join)
            if found is None or found[0].moved_by is None or distance(*found) < _most(found[0]):
                continue
            if any(op.name in ("slice", "constant_pad_nd") for op in join.residual.ops):
                continue  # padded or cropped by hand, as causal and TF-like convolutions are
            facts: dict[str, Any] = {
                name: centres.first for name, centres in zip(("shortcut", "residual"), found, strict=True)
            }
            place = evidence.line_beside(found[0].moved_by, join.op) or evidence.line_of(join.op)
            yield unit.hit("R199", place, join=join, pixels=f"{distance(*found):g}", **facts)


def _most(centres: Centres) -> float:
    """Return from which distance on two maps show different pixels.

    Half a pixel lies between a 2×2 average and a strided 3×3, as in ResNet-D, and 1.5 of 4 with a stride of 4.
    """
    return max(1.0, max(centres.step) / 2)


@partial(
    Rule,
    code="R200",
    severity="warning",
    title="one sum over many convolutions",
    message="{target}: this sum spans {count} convolutions in a row; published residuals have two or three",
    evidence="no addition among the {count} convolutions between the shortcut's start and the sum ({trial})",
    fix="- {code}\n+ a sum after every second or third convolution",
    source="He 2016a §3.2",
    wrong="return x + self.six_convolutions(x)",
    right="for pair in self.pairs: x = x + pair(x)",
    once=True,
)
def r200(evidence: Evidence) -> Iterator[Hit]:
    """One addition spans many convolutions in a row."""
    for unit in evidence.units:
        if len(unit.in_shape) < 4 or unit.in_shape[1] < _FEATURES or len(unit.out_shape) < 4:
            continue  # along time, Jasper adds over five
        for join in unit.joins:
            full = [op for op in join.residual.weighted if not (isinstance(op, Convolution) and op.depthwise)]
            if len(full) >= _MANY and join.shortcut.origin in unit.flow.inputs:
                yield unit.hit("R200", evidence.line_of(join.op), join=join, count=len(full))


_FEATURES = 8  # below it is an image, to which DnCNN and VDSR add what a whole network computed
_MANY = 5  # ERFNet has four, of which two and two are one 3×3; with six, a sum over two bottlenecks less one is missed
