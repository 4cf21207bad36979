"""With which words does a class's or function's own code compare an argument?"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

_CASES = ("lower", "upper", "strip", "casefold")  # of these a word's own spelling is the plainest that passes
_PREFIXES = ("startswith", "endswith", "find", "count", "index")
_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@lru_cache(maxsize=256)
def compared_words(maker: Callable[..., Any], deeper: int = 1) -> Mapping[str, tuple[str, ...]]:
    """Return for each argument the words that it is compared with, in the order of the lines; others are left out.

    Also where an attribute of that name keeps it, and where a function or class of the file gets it as it is.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(maker)))
        names = list(inspect.signature(maker).parameters)
    except (OSError, TypeError, ValueError, SyntaxError):
        return _NONE
    kept = _kept(tree)
    pairs = [(kept.get(name, name), word) for name, word in _in_order(tree)]
    pairs += _handed_on(tree, getattr(maker, "__globals__", {}), deeper - 1) if deeper else []
    found = {name: tuple(dict.fromkeys(word for own, word in pairs if own == name)) for name in names}
    return {name: words for name, words in found.items() if words}


def _kept(tree: ast.AST) -> dict[str, str]:
    """Return what attributes of `self` hold an argument as it came, or in small letters: `self.mode = mode`."""
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _name(node.value)]
    return {ast.unparse(target): _name(node.value) for node in plain for target in node.targets}


def _in_order(tree: ast.AST) -> list[tuple[str, str]]:
    found = [(node.lineno, node.col_offset, *pair) for node, pair in _pairs(tree)]
    return [(name, word) for _, _, name, word in sorted(found, key=lambda each: each[:2])]


def _pairs(tree: ast.AST) -> Iterator[tuple[ast.expr, tuple[str, str]]]:
    """Yield (node, (name, word)) for each word that a name, or an attribute of `self`, is compared with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = [name for each in sides if (name := _name(each))]
            yield from ((node, (name, word)) for name in named for each in sides for word in _words(each))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PREFIXES:
            name = _name(node.func.value)
            yield from ((node, (name, word)) for each in node.args[:1] if name for word in _words(each))
        elif isinstance(node, ast.Match) and (name := _name(node.subject)):
            parts = [each for case in node.cases for each in ast.walk(case.pattern)]
            values = [each.value for each in parts if isinstance(each, ast.MatchValue)]
            yield from ((each, (name, word)) for each in values for word in _words(each))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict) and (name := _name(node.slice)):
            keys = [key for key in node.value.keys if key is not None]
            yield from ((node, (name, word)) for key in keys for word in _words(key))


def _name(node: ast.AST) -> str:
    """Return the name, or `self.attribute`, that a side of a comparison is, also in small letters; empty for others."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CASES:
        return _name(node.func.value)
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) if isinstance(node.value, ast.Name) and node.value.id == "self" else ""
    return node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.expr) -> Iterator[str]:
    """Yield the words of a side of a comparison: itself, or what a tuple, list or set holds."""
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    for each in parts:
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
            yield each.value


def _handed_on(tree: ast.AST, names: Mapping[str, Any], deeper: int) -> list[tuple[str, str]]:
    """Return (name, word) for arguments that a function or class of the same file gets and compares with words."""
    found = []
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)):
        called = names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        maker = vars(called).get("__init__") if isinstance(called, type) else called
        if not inspect.isfunction(maker) or maker.__module__ != names.get("__name__"):
            continue
        taken = [name for name in inspect.signature(maker).parameters if name != "self"]
        given = [*zip(taken, node.args, strict=False), *((each.arg or "", each.value) for each in node.keywords)]
        words = compared_words(maker, deeper)
        found += [(_name(value), word) for name, value in given for word in words.get(name, ()) if _name(value)]
    return found


def source_of(callee: Any) -> str:
    """Return the text of a class or function without its indentation; empty when it has none."""
    try:
        return textwrap.dedent(inspect.getsource(callee))
    except (OSError, TypeError):
        return ""


def other_words(text: str, name: str, default: str | None) -> list[str]:
    """Return the words that an argument is compared with, but for its default.

    Where that is a number and the only one, as in `kind == "1"`, the next number reaches the other branch.
    """
    words = _compared(text, name)
    if words == [default] and default is not None and default.isdigit():
        return [str(int(default) + 1)]
    return [word for word in words if word != default]


def _compared(text: str, name: str) -> list[str]:
    """Return the words that the argument `name`, or an attribute of that name, is compared with."""
    parts = [part for each in comparators(text, name) for part in ast.walk(each) if isinstance(part, ast.Constant)]
    return list(dict.fromkeys(part.value for part in parts if isinstance(part.value, str)))


def comparators(text: str, name: str) -> Iterator[ast.expr]:
    """Yield what the argument `name`, or an attribute of that name, is compared with."""
    tree = tree_of(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Compare) and isinstance(node.left, (ast.Name, ast.Attribute)):
            own = node.left.id if isinstance(node.left, ast.Name) else node.left.attr
            yield from node.comparators if own == name else ()


def tree_of(text: str) -> ast.Module | None:
    """Return the syntax tree of a text; None of one that is no Python."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None
