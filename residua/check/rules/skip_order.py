"""Does a decoder meet the encoder's maps in the reverse of their order?"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, Flow
from residua.check.evidence.influence import enclosing
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R214",
    severity="error",
    title="skips are taken in the encoder's order",
    message="{target}: {what}",
    evidence="{how}",
    fix="- {code}\n+ skip = skips.pop(); for block, skip in zip(self.dec, reversed(skips))",
    source="Ronneberger 2015 Fig. 1",
    wrong="skip = skips.pop(0)",
    right="skip = skips.pop()",
    once=True,
)
def r214(evidence: Evidence) -> Iterator[Hit]:
    """A decoder resizes its map to skips that get smaller, or takes those of one size, in the order of the encoder."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        resized = [op for op in flow.ops if op.name.startswith("upsample_") and op in flow.live_ops]
        pair = _shrunk_again(flow, resized) or _skips_resized(evidence, flow, resized)
        if pair is not None:
            place = evidence.line_of(pair[1])
            ordered = order_line(*place) if place is not None else None
            first, then = ("×".join(map(str, _side(flow, value))) for value in _met_at(flow, *pair))
            facts: dict[str, Any] = {
                "what": f"the decoder meets a map of {first} first and one of {then} later: the coarsest features "
                "should meet the coarsest skip",
                "how": f"the maps that it is joined with are of side {first} first, and of {then} later",
            }
            yield evidence.hit("R214", ordered or place, trial, **facts)
            return
        yield from _in_order_of_storage(evidence, trial)


def _shrunk_again(flow: Flow, resized: list[Op]) -> tuple[Op, Op] | None:
    """Return two maps resized to skips, of which the first grows and the other, made of it, gets smaller again."""
    met = [op for op in resized if _meets_a_skip(flow, op)]
    for first, then in itertools.pairwise(met):
        start, grown = _side(flow, first.inputs[0]), _side(flow, first.outputs[0])
        before, after = _side(flow, then.inputs[0]), _side(flow, then.outputs[0])
        if start < grown > after < before and first.outputs[0] in flow.ancestors(then.inputs):
            return first, then
    return None


def _skips_resized(evidence: Evidence, flow: Flow, resized: list[Op]) -> tuple[Op, Op] | None:
    """Return two skips resized to the decoder's map, of which the first is too large for it and a later one too small.

    Maps of several scales are also brought to one size to be fused; so this counts only where a loop takes skips in
    the encoder's order.
    """
    larger = [op for op in resized if _side(flow, op.outputs[0]) < _side(flow, op.inputs[0])]
    for first, then in itertools.product(larger, resized):
        grows = _side(flow, first.outputs[0]) < _side(flow, then.outputs[0]) > _side(flow, then.inputs[0])
        joined, (_, others) = _join_of(flow, first)[0], _join_of(flow, then)
        if not grows or joined is None or joined.outputs[0] not in flow.ancestors(tuple(others)):
            continue
        place = evidence.line_of(first)
        if place is not None and order_line(*place) is not None:
            return first, then
    return None


def _met_at(flow: Flow, first: Op, then: Op) -> tuple[int, int]:
    """Return the skips that are met, as they are before they are resized, or the maps resized to them."""
    shrinks = _side(flow, first.outputs[0]) < _side(flow, first.inputs[0])
    return (first.inputs[0], then.inputs[0]) if shrinks else (first.outputs[0], then.outputs[0])


def _side(flow: Flow, value: int) -> tuple[int, ...]:
    return tuple(flow.shapes[value][2:])


def _join_of(flow: Flow, op: Op) -> tuple[Op | None, list[int]]:
    """Return the sum or concatenation that a map meets next, and the other values in it."""
    user = next((each for each in flow.users(op.outputs[0]) if each.name in ADDS or each.name == "cat"), None)
    return user, [value for value in user.inputs if value != op.outputs[0]] if user is not None else []


def _meets_a_skip(flow: Flow, op: Op) -> bool:
    """Tell a resized map that is joined next with a map of its side that was made before it."""
    _, others = _join_of(flow, op)
    makers = [flow.maker(value) for value in others if value in flow.from_input]
    return bool(makers) and all(maker is None or maker.index < op.index for maker in makers)


_U = re.compile(r"(?:(?<![A-Za-z])u|U)[-_ ]?(?i:net|vit|former|dit|transformer|mamba|shaped?)")


def _in_order_of_storage(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """Skips of one shape cross: the decoder of what is called a U meets the one first that was stored first.

    Layers that are linked one to one with those of an encoder in their order (He 2018) are no U.
    """
    met: dict[Place, list[_Met]] = {}
    for op in trial.flow.ops:
        skip = _long_skip(trial.flow, op)
        place = _order_of(evidence, op) if skip is not None else None
        if skip is not None and place is not None:
            met.setdefault(place, []).append(skip)
    for place, found in met.items():
        skips = [each for each in found if each.made < found[0].op.index]  # not what the loop itself makes
        kinds = source.classes_around(*place)
        text = f"{kinds[0].name} {ast.get_docstring(kinds[0]) or ''}" if kinds else ""
        if _U.search(text) and _cross(trial.flow, skips):
            facts: dict[str, Any] = {
                "what": f"the decoder meets the first of {len(skips)} stored features first: a U takes the last first",
                "how": f"{len(skips)} features of one shape, each met in the order in which they were made",
            }
            yield evidence.hit("R214", place, trial, **facts)


@dataclass(frozen=True)
class _Met:
    """A sum or concatenation of a stream with what the stream was before."""

    op: Op
    stream: int
    skip: int
    made: int


def _long_skip(flow: Flow, op: Op) -> _Met | None:
    if op not in flow.live_ops or (op.name not in ADDS and op.name != "cat") or len(op.inputs) != 2:
        return None
    makers = [flow.maker(value) for value in op.inputs]
    if any(maker is None for maker in makers) or not set(op.inputs) <= flow.from_input:
        return None
    made, skip, stream = min(
        (maker.index, *pair) for maker, pair in zip(makers, _both(op.inputs), strict=True) if maker
    )
    return _Met(op, stream, skip, made) if skip in flow.ancestors((stream,)) else None


def _both(values: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    return (values[0], values[1]), (values[1], values[0])


def _order_of(evidence: Evidence, op: Op) -> Place | None:
    """Return the line that takes skips in their order, in a loop around the call that led to an operation."""
    frames = [frame for frame in reversed(op.frames) if frame.file in evidence.files]
    return next((place for frame in frames if (place := order_line(frame.file, frame.line)) is not None), None)


def _cross(flow: Flow, skips: list[_Met]) -> bool:
    """Tell skips that are made one of the other, and met one after the other in the same order."""
    pairs = itertools.pairwise(skips)
    return (
        len(skips) > 1
        and len({flow.shapes[each.skip] for each in skips}) == 1
        and all(
            one.skip != other.skip
            and one.skip in flow.ancestors((other.skip,))
            and one.op.outputs[0] in flow.ancestors((other.stream,))
            for one, other in pairs
        )
    )


def order_line(file: str, line: int) -> Place | None:
    """Return the line, in the loop around a line, that takes skips from the front of their list, or runs along it."""
    for loop in reversed([node for node in enclosing(file, line) if isinstance(node, ast.For)]):
        for node in ast.walk(loop):
            if isinstance(node, ast.Call) and re.search(r"\.pop\(0\)|\.popleft\(\)", ast.unparse(node)):
                return file, node.lineno
        if _runs_along_a_list(file, loop):
            return file, loop.lineno
    return None


def _runs_along_a_list(file: str, loop: ast.For) -> bool:
    """Tell a loop over a list that the same function fills by appending, not reversed."""
    around = source.function_at(file, loop.lineno)
    text, read = ast.unparse(loop.iter), {each.id for each in ast.walk(loop.iter) if isinstance(each, ast.Name)}
    body = ast.unparse(around) if around is not None else ""
    filled = {name for name in read if re.search(rf"\b{re.escape(name)}\.append\(", body)}
    return bool(filled) and "reversed" not in text and "[::-1]" not in text
