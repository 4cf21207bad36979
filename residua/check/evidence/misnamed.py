"""Is a method that torch or Python calls by its name written under another name, or inside another method?"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from residua.check.evidence import source
from residua.text import nearest

_CONSTRUCTORS = re.compile(r"_{0,2}(init|int|inti|intit|initt)_{0,2}")
_NO_FORWARD = re.compile(r"Module \[(\w+)\] is missing the required \"forward\" function")
_NO_ARGUMENTS = re.compile(r"(\w+)(?:\.__init__)?\(\) (?:takes|got an unexpected|missing)")
_NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'")


@dataclass(frozen=True)
class Misnamed:
    """A method that nobody calls: in which class and line, how it is written, and what it has to be called."""

    owner: str
    line: int
    written: str
    meant: str


def misnamed(file: str, class_name: str, error: str) -> Misnamed | None:
    """Return the method whose name, or place, explains an error; None where the error is of another kind."""
    without = _NO_FORWARD.search(error)
    if without:
        return _forward_of(file, without[1])
    missing = _NO_ATTRIBUTE.search(error)
    if missing:
        found = _constructor_of(file, missing[1])
        return found if found is not None and _sets(file, found, missing[2]) else None
    called = _NO_ARGUMENTS.search(error)
    return _constructor_of(file, called[1]) if called else None


def _forward_of(file: str, name: str) -> Misnamed | None:
    """Return a forward of a class that stands inside another of its methods, or behind it, or has a name like it."""
    node = source.class_in(file, name)
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)] if node is not None else []
    for method in methods:
        for inner in ast.walk(method):
            if isinstance(inner, ast.FunctionDef) and inner is not method and inner.name == "forward":
                return Misnamed(name, inner.lineno, f"forward inside {method.name}", "forward")
    # "_forward" and "forward_features" are meant as they stand; "foward", "forwards" and "Forward" lie above 0.75.
    tree = source.tree_of(file)
    for function in (each for each in (tree.body if tree else ()) if isinstance(each, ast.FunctionDef)):
        if function.name == "forward" and function.args.args and function.args.args[0].arg == "self":
            return Misnamed(name, function.lineno, "forward outside the class", "forward")
    near = nearest("forward", [method.name for method in methods if not method.name.startswith("_")], cutoff=0.75)
    return next(
        (Misnamed(name, method.lineno, method.name, "forward") for method in methods if method.name in near), None
    )


def _constructor_of(file: str, name: str) -> Misnamed | None:
    """Return what a class without an __init__ has in its place: it calls that of its base class."""
    node = source.class_in(file, name)
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)] if node is not None else []
    if any(method.name == "__init__" for method in methods):
        return None
    for method in methods:
        if _CONSTRUCTORS.fullmatch(method.name) and ".__init__(" in ast.unparse(method):
            return Misnamed(name, method.lineno, method.name, "__init__")
    return None


def _sets(file: str, found: Misnamed, attribute: str) -> bool:
    method = source.method(file, found.owner, found.written)
    stored = [node for node in ast.walk(method) if isinstance(node, ast.Attribute)] if method is not None else []
    return any(node.attr == attribute and isinstance(node.ctx, ast.Store) for node in stored)
