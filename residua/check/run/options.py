"""Which optional constructor arguments can be tried at another value than their default, and at which?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from residua.targets import Role, roles

CHANCE = re.compile(r"drop|surviv|keep|death|stoch|(^|_)p(rob)?s?($|_)|prob|^rate$|_rate$", re.I)
KEEPS = re.compile(r"surviv|keep|^p_?l$|retain", re.I)
_KEPT, _DROPPED = 0.8, 0.2
_OF_THE_INPUT = re.compile(
    r"last|first|format|layout|order|causal|debug|verbose|return|export|deploy|check|memory", re.I
)
_DILATION, _KERNEL, _GROUPS = re.compile(r"dilat", re.I), re.compile(r"^k$|kernel|ksize", re.I), re.compile("^groups$")


def variations(callee: Any, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (argument, value): each optional argument that is not in `given`, one at a time, at a usual other value."""
    known = roles(callee)
    parameters = [p for p in inspect.signature(callee).parameters.values() if p.name in known and p.name not in given]
    pads = any("pad" in p.name.lower() for p in parameters)
    text = source_of(callee)
    for parameter in parameters:
        if known[parameter.name] not in (Role.OTHER, Role.PROJECT) or parameter.default is parameter.empty:
            continue
        name, default = parameter.name, parameter.default
        if isinstance(default, bool):
            if not _OF_THE_INPUT.search(name):
                yield name, not default
        elif isinstance(default, int) and _DILATION.search(name) and not pads:
            yield name, 2 if default == 1 else 1
        elif isinstance(default, int) and _KERNEL.search(name) and not pads and default % 2:
            if re.search(rf"{name}\s*(//|-|\*)|\*\s*\(?{name}|2\s*\*\s*{name}", text):
                yield name, 5 if default == 3 else 3
        elif isinstance(default, int) and _GROUPS.search(name):
            yield name, 4 if default == 1 else 1
        elif isinstance(default, str):
            yield from ((name, word) for word in _compared(text, name) if word != default)


def chances(callee: Any, given: Mapping[str, Any]) -> dict[str, float]:
    """Return the arguments that are a probability, each at the value under which four of five residuals are kept."""
    found = {}
    for parameter in inspect.signature(callee).parameters.values():
        small = type(parameter.default) in (int, float) and 0 <= parameter.default <= 1
        if parameter.name in given or not CHANCE.search(parameter.name):
            continue
        if small or (parameter.default is parameter.empty and parameter.annotation in (parameter.empty, float)):
            found[parameter.name] = _KEPT if KEEPS.search(parameter.name) else _DROPPED
    return found


def source_of(callee: Any) -> str:
    """Return the text of a class or function without its indentation; empty when it has none."""
    try:
        return textwrap.dedent(inspect.getsource(callee))
    except (OSError, TypeError):
        return ""


def _compared(text: str, name: str) -> list[str]:
    """Return the words that the argument `name`, or an attribute of that name, is compared with."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, (ast.Name, ast.Attribute)):
            own = node.left.id if isinstance(node.left, ast.Name) else node.left.attr
            words = [c.value for each in node.comparators for c in ast.walk(each) if isinstance(c, ast.Constant)]
            found += [w for w in words if own == name and isinstance(w, str)]
    return list(dict.fromkeys(found))
