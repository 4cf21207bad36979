"""Does what is written in a line depend on some arguments of the constructor?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from residua.check.evidence import source
from residua.record.tape import Frame

_LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)
_FILLING = ("append", "extend", "insert", "add", "update")


@dataclass(frozen=True)
class Influence:
    """What some arguments of a class's constructor decide: local names of the constructor, and attributes of `self`.

    Read off the source: an assignment, or a loop, hands on what its right side and the tests around it read.
    """

    file: str
    class_name: str
    names: frozenset[str]
    attributes: frozenset[str]

    @classmethod
    def of(cls, file: str, class_name: str, arguments: Collection[str]) -> Influence:
        """Return what the arguments of these names decide."""
        init = source.method(file, class_name, "__init__")
        names, attributes = _spread(init, set(arguments), set())
        return cls(file, class_name, frozenset(names), frozenset(attributes))

    def reaches(self, frames: Collection[Frame]) -> bool:
        """Tell whether one of these places depends on them, or stands under a test or in a loop that does.

        Places outside the class are passed over; without a place inside it nothing is known, which counts as True.
        """
        inside = [frame for frame in frames if self._function(frame) is not None]
        return not inside or any(self.decides(frame.file, frame.line) for frame in inside)

    def decides(self, file: str, line: int) -> bool:
        """Tell whether the statement on a line of the class reads them, or a test or loop around it does."""
        around = source.function_at(file, line)
        if around is not None and around.name == "__init__":
            names = set(self.names)
        else:
            names, _ = _spread(around, set(), set(self.attributes))
        statement = source.innermost(file, line)
        if statement is None or any(_reads(each, names, self.attributes) for each in _own_parts(statement)):
            return True
        tests = (node.test for node in enclosing(file, line) if isinstance(node, (ast.If, ast.While)))
        loops = (node.iter for node in enclosing(file, line) if isinstance(node, (ast.For, ast.AsyncFor)))
        return any(_reads(each, names, self.attributes) for each in (*tests, *loops))

    def _function(self, frame: Frame) -> ast.FunctionDef | None:
        own = source.class_in(self.file, self.class_name)
        if own is None or frame.file != self.file or not own.lineno <= frame.line <= (own.end_lineno or own.lineno):
            return None
        return source.function_at(frame.file, frame.line)


def enclosing(file: str, line: int) -> list[ast.stmt]:
    """Return the tests, loops, handlers and `with` statements of a line's function inside whose bodies it stands."""
    around = source.function_at(file, line)
    blocks = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.Try, ast.With)
    found = [node for node in ast.walk(around) if isinstance(node, blocks)] if around is not None else []
    return [node for node in found if node.body[0].lineno <= line <= (node.end_lineno or node.lineno)]


def _spread(function: ast.FunctionDef | None, names: set[str], attributes: set[str]) -> tuple[set[str], set[str]]:
    """Add to some names and attributes what a function computes from them."""
    pairs = list(_handed_on(function)) if function is not None else []
    found = -1
    while found != len(names) + len(attributes):
        found = len(names) + len(attributes)
        for target, value in pairs:
            if _reads(value, names, attributes):
                nodes = list(ast.walk(target))
                names |= {node.id for node in nodes if isinstance(node, ast.Name) and node.id != "self"}
                attributes |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_own(node)}
    return names, attributes


def _own_parts(statement: ast.stmt) -> list[ast.AST]:
    """Return a statement, or of one that holds others what stands before its colon."""
    if not hasattr(statement, "body"):
        return [statement]
    heads = [getattr(statement, name, None) for name in ("test", "iter", "args")]
    return [head for head in heads if head is not None]


def _handed_on(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield (target, value) of every assignment and loop of a function; of one below a test also (target, test)."""
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            below = [each for part in (*node.body, *node.orelse) for each in ast.walk(part)]
            stored = [each for each in below if isinstance(each, (ast.Name, ast.Attribute))]
            yield from ((each, node.test) for each in stored if isinstance(each.ctx, ast.Store))
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, _LOOPS):
            yield node.target, node.iter
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILLING:
            yield from ((node.func.value, each) for each in node.args)


def _reads(node: ast.AST, names: Collection[str], attributes: Collection[str]) -> bool:
    found = [each for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), ast.Load)]
    return any(
        (isinstance(each, ast.Name) and each.id in names) or (_is_own(each) and getattr(each, "attr", "") in attributes)
        for each in found
    )


def _is_own(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
