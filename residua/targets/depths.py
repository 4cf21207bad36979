"""Which depths does a network's constructor take, and which argument is the depth?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from residua.targets.roles import constructed, maker_of

_LEAST = 10  # the shallowest published residual network; smaller numbers count blocks
DIVISORS = (6, 9, 12)  # layers of one block in each of three stages: of two layers, of three, and two of two
_EQUALS = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_THREE_STAGES_OF_THREE = 18  # divided by 6 and by 9: a depth that basic blocks and bottlenecks both take


@dataclass(frozen=True)
class Formula:
    """A depth argument as the source computes with it: `(argument - taken) / divisor`, and the line of that.

    tests: it is a remainder, which only says which depths are taken.
    """

    argument: str
    taken: int
    divisor: int
    line: int
    tests: bool = False


@dataclass(frozen=True)
class Table:
    """A depth argument that chooses among written-out depths."""

    argument: str
    depths: tuple[int, ...]


def formula_of(callee: Any) -> Formula | None:
    """Return the first formula by which a constructor makes blocks of its depth; None when it has none."""
    tree, before = _constructor(callee)
    divisions = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp)] if tree is not None else []
    found = [each for node in divisions if (each := _formula(node, before)) is not None]
    found = [each for each in found if each.argument in _names(tree)]
    return min(found, key=lambda each: (each.tests, each.line)) if found else None


def division_of(callee: Any, argument: str) -> int | None:
    """Return the line that divides an argument of a constructor, by whatever number; None where none does."""
    tree, before = _constructor(callee)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp)] if tree is not None else []
    divided = [node for node in found if isinstance(node.op, (ast.FloorDiv, ast.Div)) and argument in _read(node.left)]
    return before + divided[0].lineno if divided else None


def _read(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def depth_for(callee: Any, argument: str) -> int | None:
    """Return a depth that a constructor takes for one of its arguments, as its own source says; None when it does not.

    Of a formula the depth of three basic blocks, or two bottlenecks, a stage; of a table the least.
    """
    formula = formula_of(callee)
    if formula is not None and formula.argument == argument:
        steps = _THREE_STAGES_OF_THREE if _THREE_STAGES_OF_THREE % formula.divisor == 0 else 2 * formula.divisor
        return formula.taken + steps
    table = next((each for each in _tables(callee) if each.argument == argument), None)
    return min(table.depths) if table is not None else None


def depth_argument(callee: Any) -> str | None:
    """Return the name of the argument that is a depth; None where nothing is computed or chosen from one."""
    formula = formula_of(callee)
    if formula is not None:
        return formula.argument
    return next((table.argument for table in _tables(callee)), None)


def shallow(callee: Any) -> dict[str, Any]:
    """Return smaller values for the depths and widths that a constructor has by default.

    Two blocks a stage show what one is, and so does a quarter of the channels. Empty where it has neither. A depth that
    a formula or a table restricts becomes the least that these take.
    """
    try:
        parameters = inspect.signature(constructed(callee)).parameters
    except (TypeError, ValueError):
        return {}
    found: dict[str, Any] = {}
    for each in parameters.values():
        if _WIDE.search(each.name) and type(each.default) is int and each.default >= _NARROW:
            found[each.name] = each.default // 4
        if not _DEEP.search(each.name):
            continue
        if type(each.default) is int and each.default > _SHALLOW:
            found[each.name] = depth_for(callee, each.name) or _SHALLOW
        elif isinstance(each.default, (list, tuple)) and all(type(count) is int for count in each.default):
            found[each.name] = type(each.default)(min(count, _SHALLOW) for count in each.default)
    return {name: value for name, value in found.items() if value != parameters[name].default}


def shallower(name: str, value: Any) -> Any:
    """Return a smaller value for what a configuration calls a depth, or a list of blocks a stage; others as they are.

    A network's depth keeps its remainder by 18, by which formulas of 6n+2, 6n+4 and 9n+2 layers take both alike.
    """
    if not _DEEP.search(name):
        return value
    if type(value) is int and value > _SHALLOW:
        rest = value % _THREE_STAGES_OF_THREE
        return value if value < _LEAST else rest + (0 if rest >= _LEAST_OF_FORMULAS else _THREE_STAGES_OF_THREE)
    if isinstance(value, (list, tuple)) and all(type(count) is int for count in value):
        return type(value)(min(count, _SHALLOW) for count in value)
    return value


_LEAST_OF_FORMULAS = 8  # 6n + 2 with one block a stage
_SHALLOW = 2
# Of all layers alike, which a network multiplies: with other widths one layer may no longer fit the next.
_WIDE = re.compile(r"^([a-z]_)?(ch|n[gd]?f|(base|init)_?(ch\w*|width|dim|features|filters))$", re.I)
_NARROW = 48  # a quarter of which is not below the 8 channels that attention and gates divide by
_DEEP = re.compile(
    r"depths?$|(^|_)n?_?(layers|blocks|repeats?)$|^num_?(layers|blocks|res)|(^|_)n?_?res_?(blocks|groups|units)$", re.I
)


def _constructor(callee: Any) -> tuple[ast.FunctionDef | None, int]:
    """Return the syntax tree of a constructor or function, and the line of its file before the tree's first."""
    try:
        lines, start = inspect.getsourcelines(maker_of(callee))  # TypeError where it has none
        body = ast.parse(textwrap.dedent("".join(lines))).body
    except (OSError, TypeError, SyntaxError):
        return None, 0
    made = body[0] if body else None
    return (made, start - 1) if isinstance(made, ast.FunctionDef) else (None, 0)


def _names(tree: ast.FunctionDef | None) -> set[str]:
    return {each.arg for each in (*tree.args.args, *tree.args.kwonlyargs)} if tree is not None else set()


def _formula(node: ast.BinOp, before: int) -> Formula | None:
    """Read `(depth - 2) // 6`, `/` and `%`, and `depth // 6`."""
    if not isinstance(node.op, (ast.FloorDiv, ast.Div, ast.Mod)):
        return None
    divisor = node.right.value if isinstance(node.right, ast.Constant) else None
    left, taken = node.left, 0
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub) and isinstance(left.right, ast.Constant):
        taken = left.right.value if type(left.right.value) is int else 0
        left = left.left if taken else left
    if not isinstance(left, ast.Name) or type(divisor) is not int or divisor not in DIVISORS:
        return None
    if not taken and "depth" not in left.id.lower():
        return None
    return Formula(left.id, taken, divisor, before + node.lineno, isinstance(node.op, ast.Mod))


def _tables(callee: Any) -> Iterator[Table]:
    """Yield the arguments that are compared with depths, or look up a dict whose keys are depths."""
    tree, _ = _constructor(callee)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and isinstance(node.ops[0], _EQUALS):
            parts = [part for each in node.comparators for part in ast.walk(each) if isinstance(part, ast.Constant)]
            found, keys = node.left.id, [part.value for part in parts]
            if isinstance(node.ops[0], (ast.In, ast.NotIn)) and not keys:
                keys = keys_of(node.comparators[0], callee, tree)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            found, keys = node.slice.id, keys_of(node.value, callee, tree)
        else:
            continue
        depths = tuple(key for key in keys if type(key) is int and key >= _LEAST)
        if depths and len(depths) == len(keys) and found in _names(tree):
            yield Table(found, depths)


def keys_of(node: ast.expr, callee: Any, tree: ast.AST | None) -> list[Any]:
    """Return the keys of a dict: written out, assigned in the constructor, of the class, or of the module."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value  # settings.keys()
    if isinstance(node, ast.Name):
        for each in ast.walk(tree) if tree is not None else ():
            if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in each.targets):
                return keys_of(each.value, callee, None) if isinstance(each.value, ast.Dict) else []
        value = getattr(maker_of(callee), "__globals__", {}).get(node.id)
    elif isinstance(node, ast.Attribute):
        value = getattr(callee, node.attr, None)
    elif isinstance(node, ast.Dict):
        return [key.value for key in node.keys if isinstance(key, ast.Constant)]
    else:
        value = None
    return list(value) if isinstance(value, dict) else []
