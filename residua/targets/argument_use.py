"""How does a constructor's own code use its arguments: as lists, as words of a choice, as layers that may lack?"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_USUAL = 2
_LOOPS = ("zip", "enumerate", "len", "iter", "reversed", "sorted", "sum", "list", "tuple", "map", "pairwise")


@dataclass(frozen=True)
class Use:
    """How a constructor's own code uses its arguments.

    lengths: the required ones that are counted, indexed, iterated or unpacked, and how many values of each. words: what
    required ones are compared with, the first word of each. norms: those that are None unless given, and then called.
    """

    lengths: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    norms: frozenset[str] = frozenset()


def use_of(callee: Any, deeper: int = 1) -> Use:
    """Return how a class or function, and classes that it hands arguments to, use them as far as the source says."""
    maker = vars(callee).get("__init__") if isinstance(callee, type) else callee
    try:
        parameters = inspect.signature(maker).parameters if callable(maker) else {}
        tree = ast.parse(textwrap.dedent(inspect.getsource(maker)))  # type: ignore[arg-type]  # None is caught
    except (OSError, TypeError, ValueError, SyntaxError):
        return Use()
    required = {name for name, each in parameters.items() if each.default is each.empty}
    rebound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    lists = {name for name in required if _may_be_list(parameters[name])}
    lengths: dict[str, int] = {}
    handed = _handed_on(tree, getattr(maker, "__globals__", {}), deeper) if deeper else ()
    for name, length in (*_uses(tree), *handed):
        if name in lists:
            lengths[name] = max(lengths.get(name, 0), length)
    words = {name: word for name, word in reversed(list(_compared(tree))) if name in required}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    absent = {name for name, each in parameters.items() if each.default is None and "norm" in name.lower()}
    return Use(lengths, words, frozenset((absent & called) - rebound))


def _handed_on(tree: ast.AST, names: Mapping[str, Any], deeper: int) -> Iterator[tuple[str, int]]:
    """Yield (name, length) for what is handed on to a class of the same file that uses it as a list."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        kind = names.get(node.func.id)
        if not isinstance(kind, type) or kind.__module__.startswith("torch"):
            continue
        lengths = use_of(kind, deeper - 1).lengths
        words = [(word.arg or "", word.value) for word in node.keywords]
        for name, value in (*zip(_parameters(kind), node.args, strict=False), *words):
            if isinstance(value, ast.Name) and name in lengths:
                yield value.id, lengths[name]


def _parameters(kind: type) -> list[str]:
    try:
        return list(inspect.signature(kind).parameters)
    except (TypeError, ValueError):
        return []


def _compared(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (name, word) for each word that a name is compared with, in order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            for each in ast.walk(node.comparators[0]):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield node.left.id, each.value


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
