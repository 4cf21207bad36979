"""Does a decoder meet the encoder's maps in the reverse of their order?"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, Flow
from residua.check.evidence.influence import enclosing
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.record.tape import Op


@partial(
    Rule,
    code="R214",
    severity="error",
    title="skips are taken in the encoder's order",
    message="{target}: the decoder meets a map of {first} first and one of {then} later: the coarsest features should "
    "meet the coarsest skip",
    evidence="the maps that it is joined with are of side {first} first, and of {then} later",
    fix="- {code}\n+ skip = skips.pop(); for block, skip in zip(self.dec, reversed(skips))",
    source="Ronneberger 2015 Fig. 1",
    wrong="skip = skips.pop(0)",
    right="skip = skips.pop()",
    once=True,
)
def r214(evidence: Evidence) -> Iterator[Hit]:
    """A decoder resizes its map to skips that get smaller, since it takes them in the order of the encoder."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        resized = [op for op in flow.ops if op.name.startswith("upsample_") and op in flow.live_ops]
        pair = _shrunk_again(flow, resized) or _skips_resized(evidence, flow, resized)
        if pair is not None:
            place = evidence.line_of(pair[1])
            ordered = order_line(*place) if place is not None else None
            first, then = ("×".join(map(str, _side(flow, value))) for value in _met_at(flow, *pair))
            yield evidence.hit("R214", ordered or place, trial, first=first, then=then)


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
