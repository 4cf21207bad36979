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
    evidence="a resized map is made smaller again, from {first} to {then}, before it is joined",
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
        met = [op for op in resized if _meets_a_skip(flow, op)]
        for first, then in itertools.pairwise(met):
            sides = [flow.shapes[op.outputs[0]][2:] for op in (first, then)]
            grew = flow.shapes[first.inputs[0]][2:] < sides[0]
            if grew and sides[1] < sides[0] and first.outputs[0] in flow.ancestors(then.inputs):
                place = evidence.line_of(then)
                ordered = order_line(*place) if place is not None else None
                words = ["×".join(map(str, each)) for each in sides]
                yield evidence.hit("R214", ordered or place, trial, first=words[0], then=words[1])
                return


def _meets_a_skip(flow: Flow, op: Op) -> bool:
    """Tell a resized map that is joined next with a map of its side that was made before it."""
    user = next((each for each in flow.users(op.outputs[0]) if each.name in ADDS or each.name == "cat"), None)
    others = [value for value in user.inputs if value != op.outputs[0]] if user is not None else []
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
