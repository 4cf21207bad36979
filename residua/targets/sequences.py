"""Which of a constructor's arguments does its own code use as a list or tuple, and of how many?"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

_USUAL = 2
_LOOPS = ("zip", "enumerate", "len", "iter", "reversed", "sorted", "sum", "list", "tuple", "map", "pairwise")


def sequences_of(callee: Any) -> dict[str, int]:
    """Return the required arguments that are counted, indexed, iterated or unpacked, and how many of each."""
    maker = vars(callee).get("__init__") if isinstance(callee, type) else callee
    try:
        parameters = inspect.signature(maker).parameters if callable(maker) else {}
        tree = ast.parse(textwrap.dedent(inspect.getsource(maker)))  # type: ignore[arg-type]  # None is caught
    except (OSError, TypeError, ValueError, SyntaxError):
        return {}
    required = {name for name, each in parameters.items() if each.default is each.empty and _may_be_list(each)}
    rebound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    found: dict[str, int] = {}
    for name, length in _uses(tree):
        if name in required - rebound:
            found[name] = max(found.get(name, 0), length)
    return found


def _may_be_list(parameter: inspect.Parameter) -> bool:
    plain = parameter.annotation in (int, float, bool, str, dict, "int", "float", "bool", "str", "dict")
    return not plain and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def _uses(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield (name, length) for each place that uses a name as a sequence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            yield from _indexed(node.value.id, node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LOOPS:
            yield from ((each.id, _USUAL) for each in node.args if isinstance(each, ast.Name))
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Name):
            yield node.iter.id, _USUAL
        elif isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
            yield node.value.id, _USUAL
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            yield from (
                (node.value.id, len(each.elts)) for each in node.targets if isinstance(each, (ast.Tuple, ast.List))
            )


def _indexed(name: str, index: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(index, ast.Constant) and isinstance(index.value, int):
        yield name, max(_USUAL, index.value + 1)
    elif isinstance(index, (ast.Slice, ast.UnaryOp, ast.BinOp, ast.Name)):
        yield name, _USUAL
