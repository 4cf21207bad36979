"""What does a call in the user's file hand over to the class or function of the file that it calls, and what not?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from residua.check.evidence import source


def call_of(file: str, line: int, name: str) -> ast.Call | None:
    """Return the call of `name` in the statement on a line."""
    statement = source.innermost(file, line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    return next((call for call in calls if called_name(call) == name), None)


def called_name(call: ast.Call) -> str:
    """Return the last word of what is called; of `partial(Block, …)` that of the first argument."""
    name = _last(call.func)
    return _last(call.args[0]) if name == "partial" and call.args else name


def called_by_partial(call: ast.Call) -> bool:
    """Tell `partial(Block, …)`, whose first argument is what is called."""
    return _last(call.func) == "partial"


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def hands_over(call: ast.Call, parameters: list[str], name: str) -> bool:
    """Tell whether a call gives a value to the parameter `name`, for all that can be read off it.

    parameters: the names that the callee takes, self left out, in order.
    """
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return True
    given = len(call.args) - called_by_partial(call)
    return name in [each.arg for each in call.keywords] or (name in parameters and parameters.index(name) < given)


def taken_by(function: ast.FunctionDef) -> list[str]:
    """Return the names that a function takes, self left out, in order; those by keyword alone last."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name != "self"] + [each.arg for each in function.args.kwonlyargs]


def optional_in(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """Return the defaults of a function's arguments."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    pairs = [*zip(reversed(names), reversed(function.args.defaults), strict=False)]
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return dict(pairs) | {own.arg: value for own, value in keywords if value is not None}


@dataclass(frozen=True)
class Callee:
    """A class or function of the user's file: what it is called, and the function that takes the arguments."""

    name: str
    function: ast.FunctionDef


def callees_of(file: str) -> dict[str, Callee]:
    """Return the classes of a file that have a constructor, and its functions, by name."""
    tree = source.tree_of(file)
    found: dict[str, Callee] = {}
    for node in tree.body if tree is not None else ():
        function = source.method(file, node.name, "__init__") if isinstance(node, ast.ClassDef) else node
        if isinstance(function, ast.FunctionDef):
            found[getattr(node, "name", function.name)] = Callee(getattr(node, "name", ""), function)
    return found


def calls_within(node: ast.AST, callees: dict[str, Callee]) -> Iterator[tuple[ast.Call, Callee]]:
    """Yield the calls of these callees inside a node, in the order in which they are written."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and called_name(each) in callees]
    yield from ((call, callees[called_name(call)]) for call in sorted(calls, key=lambda each: each.lineno))


def value_line(file: str, line: int, keyword: str) -> tuple[str, int] | None:
    """Return the line that computes what a call on `line` is given for a keyword, where that is a name set just once.

    The name is a local variable of the function around, or an attribute of self that the class sets; also of keywords
    that are handed over together, as in `nn.Conv2d(c, c, **settings)`.
    """
    statement = source.innermost(file, line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    values = [each.value for call in calls for each in call.keywords if each.arg == keyword and call.lineno <= line]
    for value in [each.value for call in calls for each in call.keywords if each.arg is None and call.lineno == line]:
        together = _set_to(file, line, value)
        written = _entry(together[0], keyword) if len(together) == 1 else None
        if written is not None:
            return file, written.lineno
    return next((place for value in values if (place := set_once(file, line, value)) is not None), None)


def _entry(node: ast.expr, keyword: str) -> ast.expr | None:
    """Return what `dict(padding=1)` or `{"padding": 1}` holds for a keyword."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
        return next((each.value for each in node.keywords if each.arg == keyword), None)
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
    return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value == keyword), None)


def amount_line(file: str, line: int) -> tuple[str, int] | None:
    """Return the line that computes, or writes out, how much a padding on `line` adds."""
    statement = source.innermost(file, line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    amounts = [part for call in calls if "pad" in ast.unparse(call.func) for part in (*call.args[1:], *call.keywords)]
    kept = (each for part in amounts for each in ast.walk(part) if isinstance(each, ast.Attribute))
    known = next((place for each in kept if (place := set_once(file, line, each)) is not None), None)
    return known or next(((file, part.lineno) for part in amounts if isinstance(part, ast.Tuple)), None)


def set_once(file: str, line: int, value: ast.expr) -> tuple[str, int] | None:
    """Return the line of the one assignment, other than of a constant, that gives a name or attribute its value."""
    found = [each for each in _set_to(file, line, value) if not isinstance(each, ast.Constant)]
    return (file, found[0].lineno) if len(found) == 1 and not isinstance(found[0], ast.Name) else None


def _set_to(file: str, line: int, value: ast.expr) -> list[ast.expr]:
    """Return all that the function, or the class, around a line gives to a name, or to an attribute of self."""
    if isinstance(value, ast.Name):
        around = source.function_at(file, line)
        nodes = [node for node in ast.walk(around) if isinstance(node, ast.Assign)] if around is not None else []
        return [node.value for node in nodes if any(ast.unparse(each) == value.id for each in node.targets)]
    if isinstance(value, ast.Attribute) and ast.unparse(value.value) == "self":
        kinds = source.classes_around(file, line)
        return source.assigned_to_self(file, kinds[0].name, value.attr) if kinds else []
    return []
