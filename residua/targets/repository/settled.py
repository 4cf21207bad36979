"""What do the settings of a file become by its own lines, after a parser has given them?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from residua.targets.repository.scope import UNKNOWN, bound_inside

_PARSES = ("parse_args", "parse_known_args", "parse_known_intermixed_args")
_PLAIN = {each.__name__: each for each in (
    int, float, str, bool, list, tuple, dict, set, len, min, max, sum, map, filter, zip, range, sorted, reversed,
    enumerate, abs, round, any, all)}  # fmt: skip
_METHODS = frozenset({
    "split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "replace", "format", "join", "find", "index",
    "count", "get", "keys", "values", "items", "copy", "startswith", "endswith", "isdigit", "removeprefix", "title",
    "removesuffix", "partition", "rpartition"})  # fmt: skip
_HOLDS = re.compile(r"^(args?|opts?|options?|flags|cfg|conf|config|h?params|settings|hps?)$", re.I)
_LARGEST = 10_000  # of a number or a length: what is larger is no setting of a network


class _Held(dict[str, Any]):
    """Settings as an expression reads them: `args.scale`, `args["scale"]`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def settled(tree: ast.AST, table: Mapping[tuple[str, ...], Any]) -> dict[tuple[str, ...], Any]:
    """Return the settings that a file's own lines change after parsing: `args.scale = list(map(int, …))`.

    table: what the parser gives. Of the file nothing is run but expressions of plain values; a line that needs more,
    and what stands under a test that needs more, changes nothing.
    """
    given = {path[0]: value for path, value in table.items() if len(path) == 1}
    changed: dict[tuple[str, ...], Any] = {}
    for name, lines in _after_parsing(tree):
        held = _Held(given)
        _run(lines, name, {name: held})
        changed |= {(key,): value for key, value in held.items() if key not in given or value is not given[key]}
    return changed


def _after_parsing(tree: ast.AST) -> Iterator[tuple[str, Sequence[ast.stmt]]]:
    """Yield the name that settings get, `args = parser.parse_args()`, and the lines behind that."""
    for owner in ast.walk(tree):
        body = owner.body if isinstance(owner, (ast.Module, ast.FunctionDef)) else []
        for place, node in enumerate(body):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Tuple) and target.elts:
                target = target.elts[0]  # args, rest = parser.parse_known_args()
            if isinstance(node, ast.Assign) and isinstance(target, ast.Name) and _gives_settings(target, node.value):
                yield target.id, body[place + 1 :]
                break


def _gives_settings(target: ast.Name, value: ast.expr) -> bool:
    """Tell what parses, and an object of settings that the lines behind it fill: `config = edict()`."""
    value = value.value if isinstance(value, ast.Subscript) else value  # parser.parse_known_args()[0]
    if not isinstance(value, ast.Call):
        return False
    parses = isinstance(value.func, ast.Attribute) and value.func.attr in _PARSES
    return parses or (bool(_HOLDS.match(target.id)) and not value.args and not value.keywords)


def _run(lines: Sequence[ast.stmt], name: str, names: dict[str, Any]) -> None:
    for node in lines:
        if isinstance(node, ast.If):
            test = _value(node.test, names)
            if test is not UNKNOWN:
                _run(node.body if test else node.orelse, name, names)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            _assign(node.targets[0], _value(node.value, names), name, names)
        elif isinstance(node, ast.AugAssign):
            read = ast.parse(ast.unparse(node.target), mode="eval").body
            _assign(node.target, _value(ast.BinOp(read, node.op, node.value), names), name, names)


def _assign(target: ast.expr, value: Any, name: str, names: dict[str, Any]) -> None:
    if isinstance(target, ast.Name) and target.id != name:
        names.pop(target.id, None)
        names |= {} if value is UNKNOWN else {target.id: value}
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == name:
        names[name] |= {} if value is UNKNOWN else {target.attr: value}


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return what an expression of plain values gives; UNKNOWN for one that needs anything else."""
    free = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - bound_inside(node)
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    attributes = [each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    known = free <= names.keys() | _PLAIN.keys() and not any(each.startswith("_") for each in attributes)
    plain = all(isinstance(each, ast.Name) or getattr(each, "attr", "") in _METHODS for each in calls)
    numbers = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and type(each.value) is int]
    powers = any(isinstance(each, (ast.Pow, ast.LShift)) for each in ast.walk(node))
    if not (known and plain) or powers or any(abs(each) > _LARGEST for each in numbers):
        return UNKNOWN
    try:
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "<setting>", "eval")
        return eval(code, {"__builtins__": {}, **_PLAIN, **names})
    except Exception:  # of the user's own expression
        return UNKNOWN
