"""Which words does a class's own code compare an argument with, or look it up by?"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from residua.targets.depths import keys_of


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
    tree = _tree(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Compare) and isinstance(node.left, (ast.Name, ast.Attribute)):
            own = node.left.id if isinstance(node.left, ast.Name) else node.left.attr
            yield from node.comparators if own == name else ()


def keys_looked_up(callee: Any, text: str, name: str, kind: type = str) -> list[Any]:
    """Return the keys of the dictionaries in which an argument is looked up: `NORMS[norm]`, `{...}.get(norm.lower())`.

    These are written out, or stand in the file, in the class or in the constructor. text: the source of the callee.
    """
    found: list[Any] = []
    tree = _tree(text)
    for node in ast.walk(tree) if tree is not None else ():
        key: ast.expr | None
        if isinstance(node, ast.Subscript):
            table, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            table, key = node.func.value, (*node.args, None)[0]
        else:
            continue
        key = key.func.value if isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute) else key
        if isinstance(key, ast.Name) and key.id == name:
            found += [each for each in keys_of(table, callee, tree) if type(each) is kind]
    return list(dict.fromkeys(found))


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None
