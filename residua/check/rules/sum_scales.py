"""Does a factor at the sum stand on the term that its paper puts it on?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, SAME, SCALINGS, Chain
from residua.check.evidence.joins import Join
from residua.check.rules.rule import Rule
from residua.check.rules.shortcut import identity_factor
from residua.record.tape import Arg, Op


@partial(
    Rule,
    code="R212",
    severity="warning",
    title="a factor on one term of the sum that belongs to the other, or to both",
    message="{target}: {what}",
    evidence="{what}; measured on the executed operations",
    fix="- {code}\n+ (a + b) / 2**0.5; alpha * x + residual",
    source="Karras 2020 (StyleGAN2): (a + b) · √½; Wang 2022 (DeepNet): alpha · x + f(x), alpha > 1",
    wrong="return x + res / math.sqrt(2)",
    right="return (x + res) / math.sqrt(2)",
    once=True,
)
def r212(evidence: Evidence) -> Iterator[Hit]:
    """√½ multiplies one term instead of the sum, or a constant above one the residual instead of the shortcut.

    What a block that drops at random scales up by is R170's.
    """
    for unit in evidence.units:
        for join in unit.joins:
            half = _halved_alone(unit, join)
            if half is not None:
                what = "√½ multiplies one term alone, where it keeps the variance of the sum"
                yield unit.hit("R212", evidence.line_of(half), join=join, op=half, what=what)
                continue
            grown = _grown(unit, join) if evidence.passes is None else None
            if grown is not None and not _was_guessed(unit, grown[1]):
                op, factor = grown
                what = f"the residual is multiplied by {factor:.3g}; a constant above one stands on the shortcut"
                yield unit.hit("R212", evidence.line_of(op), join=join, op=op, what=what)


_HALF = 0.5**0.5
_ROUNDING = 1e-3  # of learned scalars, as in R152
# DeepNet's alpha is 1.19 for one layer and grows with their number; no right block of tests/check lies above one.
_GROWS = 1.1


def _halved_alone(unit: Unit, join: Join) -> Op | None:
    """Return the product of one term with √½ where neither the other term nor the sum has that factor.

    A residual has it as its last step, written out: 1/√n of two layers is √½ too.
    """
    step = next((op for op in join.residual.ops if op.name not in SAME and not unit.flow.drops(op)), None)
    own, other = (abs(chain.coefficient - _HALF) < _ROUNDING for chain in (join.shortcut, join.residual))
    if own and not other and not join.is_identity:
        with_sum = abs(identity_factor(unit, join) - _HALF) > _ROUNDING
        return None if with_sum else next((op for op in join.shortcut.ops if op.name in SCALINGS), None)
    if step is None or step.name not in SCALINGS or not other or abs(identity_factor(unit, join) - 1) > _ROUNDING:
        return None
    alone = Chain((step,), step.inputs[0], unit.flow).coefficient
    place = unit.evidence.line_of(step)
    return step if place is not None and _writes_it_out(*place) and abs(alone - _HALF) < _ROUNDING else None


def _writes_it_out(file: str, line: int) -> bool:
    """Tell a statement with √2 or √½ as numbers, in itself or in what gives an attribute of it its value."""
    statement = source.innermost(file, line)
    parts = list(ast.walk(statement)) if statement is not None else []
    kept = {ast.unparse(each) for each in parts if isinstance(each, ast.Attribute)}
    values = (node for node in source.nodes_of(file) if isinstance(node, ast.Assign))
    meant = [node.value for node in values if any(ast.unparse(each) in kept for each in node.targets)]
    return any(_ROOT.search(ast.unparse(each)) for each in (*parts[:1], *meant))


_ROOT = re.compile(r"sqrt\((2|0?\.5)(\.0)?\)|\b(2|0?\.5)(\.0)? \*\* (-?0?\.5|\(-?1 / 2\))|0\.707")


def _was_guessed(unit: Unit, factor: float) -> bool:
    """Tell a factor that is one of the arguments that we chose."""
    built = unit.trial.built
    values = built.arguments.values() if built is not None else ()
    return any(isinstance(each, (int, float)) and each == factor for each in values)


def _grown(unit: Unit, join: Join) -> tuple[Op, float] | None:
    """Return the last product of the residual with a constant above one, and that; gains of activations are none.

    A gate that may double, 2·sigmoid, and √2 behind a leaky ReLU are scales of another kind.
    """
    steps = [op for op in join.residual.ops if op.name not in SAME]
    scaling = steps[0] if steps and steps[0].name in SCALINGS else None
    before = steps[1] if len(steps) > 1 else None
    if scaling is None or before is None or before.name in ACTIVATIONS | SCALINGS or not join.is_identity:
        return None
    numbers = [each for each in scaling.arguments.values() if isinstance(each, (int, float)) and each is not True]
    if any(isinstance(each, Arg) and each.value not in unit.flow.depth for each in scaling.arguments.values()):
        return None
    factor = Chain((scaling,), scaling.inputs[0], unit.flow).coefficient if numbers else 1.0
    return (scaling, factor) if factor > _GROWS else None
