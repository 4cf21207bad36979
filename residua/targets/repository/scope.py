"""What does an expression of the user's code mean where it stands, as far as little else has to be run for it?"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from residua.targets.find import imported

UNKNOWN = object()
_USUAL = {"torch": torch, "nn": nn, "F": functional}
_COLLECTIONS = (dict, list, tuple, set, range, int, float, len, min, max, sum, zip, torch.device)
_TENSORS = ("randn", "rand", "randint", "zeros", "ones", "arange", "tensor", "linspace", "randperm", "full", "empty")
_SETS_UP = ("cuda", "cpu", "to", "eval", "train", "float", "double", "half", "bool", "long", "requires_grad_")
_KEEPS = ("view", "reshape", "permute", "transpose", "unsqueeze", "repeat", "expand", "clone", "detach")
_DEEPEST = 8  # names behind names


class Scope:
    """The names of a text at one of its nodes: what imports, defaults and assignments before that node give them.

    known: names that are there already. file: where the text stands, for its imports. Only classes of modules, plain
    collections, and what draws a tensor are called; a name that needs more is unknown.
    """

    def __init__(self, tree: ast.Module, file: Path, node: ast.AST, known: Mapping[str, Any]) -> None:
        self.tree, self.file, self.line = tree, file, getattr(node, "lineno", 0)
        self.around = [each for each in ast.walk(tree) if isinstance(each, _FUNCTIONS) and _holds(each, node)]
        self.known = dict(known)
        self.pending = set[str]()

    def value(self, node: ast.expr) -> Any:
        """Return what an expression means here; `UNKNOWN` where that cannot be told."""
        node = _without_device(node)
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - bound_inside(node)
        if any(self._named(name) is UNKNOWN for name in names):
            return UNKNOWN
        called = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        if not all(self._may_be_called(each) for each in called):
            return UNKNOWN
        try:
            return self._evaluated(node)
        except Exception:  # of the user's own code
            return UNKNOWN

    def _evaluated(self, node: ast.expr) -> Any:
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "<argument>", "eval")
        return eval(code, {**_USUAL, **self.known})

    def _named(self, name: str) -> Any:
        if name in self.known or (name in _USUAL and not self._is_bound(name)):
            return self.known.get(name, _USUAL.get(name))
        if name in self.pending or len(self.pending) > _DEEPEST:
            return UNKNOWN
        self.pending.add(name)
        value = self._looked_up(name)
        self.pending.discard(name)
        if value is not UNKNOWN:
            self.known[name] = value
            return value
        return getattr(builtins, name, UNKNOWN)

    def _is_bound(self, name: str) -> bool:
        return any(name in _bound_by(node) for node in self._statements())

    def _looked_up(self, name: str) -> Any:
        """Return what the last assignment before the node gives, or a default, an import, a definition of the text."""
        for expression in self._assignments(name):
            value = self.value(expression)
            if value is not UNKNOWN:
                return value
        for function in self.around:
            for own, default in defaults_of(function):
                if own == name:
                    return self.value(default)
        for node in self._statements():
            if isinstance(node, _IMPORTS) and name in _bound_by(node):
                return imported(node, self.file, self.tree).get(name, UNKNOWN)
        return UNKNOWN

    def _assignments(self, name: str) -> list[ast.expr]:
        found = []
        for node in self._statements():
            if isinstance(node, ast.Assign) and (node.lineno < self.line or not self._is_here(node)):
                for target in node.targets:
                    found += [(node.lineno, value) for own, value in _pairs(target, node.value) if own == name]
        return [value for _, value in sorted(found, key=lambda each: -each[0])]

    def _statements(self) -> Iterator[ast.stmt]:
        """Yield the statements of the text's own level and of the functions around the node."""
        yield from _of_level(self.tree)
        for function in self.around:
            yield from _of_level(function)

    def _is_here(self, node: ast.stmt) -> bool:
        """Tell a statement that runs before or after the node by its line: one of the innermost function around it."""
        return not self.around or any(each is node for each in _of_level(self.around[-1]))

    def _may_be_called(self, call: ast.Call) -> bool:
        """Tell a call that makes a module, a plain collection or a tensor, or changes only where one of these lies."""
        if isinstance(call.func, ast.Attribute) and call.func.attr in (*_SETS_UP, *_KEEPS):
            return True
        try:
            callee = self._evaluated(call.func)
        except Exception:  # a name that only a whole run of the file would bind
            return False
        if any(callee is each for each in _COLLECTIONS) or (isinstance(callee, type) and issubclass(callee, nn.Module)):
            return True
        if any(callee is getattr(torch, name) for name in _TENSORS):
            return True
        home = getattr(callee, "__module__", None) or ""
        return home.startswith(("torchvision.models", "timm.models")) or _is_record(callee)


def _is_record(callee: Any) -> bool:
    return isinstance(callee, type) and (hasattr(callee, "__dataclass_fields__") or callee.__module__ == "functools")


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


def calls_of(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    """Yield the calls of something of these names, whatever it is an attribute of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            callee = node.func
            own = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
            if own in names:
                yield node


def made_by(node: ast.expr) -> ast.expr:
    """Return the call behind what only moves a module: `Net().cuda().eval()`, `nn.DataParallel(Net())`."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SETS_UP:
            node = node.func.value
        elif _last_name(node.func) in ("DataParallel", "compile") and node.args:
            node = node.args[0]
        else:
            break
    return node


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _holds(function: ast.AST, wanted: ast.AST) -> bool:
    return any(node is wanted for node in ast.walk(function))


def _of_level(owner: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements of a file or function, those in its blocks too, without those of functions inside it."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, ast.stmt):
            yield child
            if not isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
                yield from _of_level(child)
        elif isinstance(child, ast.excepthandler):
            yield from _of_level(child)


def _bound_by(node: ast.stmt) -> set[str]:
    if isinstance(node, _IMPORTS):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign):
        return {own for target in node.targets for own, _ in _pairs(target, node.value)}
    return set()


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """Return (name, expression) for what an assignment gives to names: `a = 1`, `a, b = 1, 2`."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return [pair for own, each in zip(target.elts, value.elts, strict=True) for pair in _pairs(own, each)]
    return []


def defaults_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield (name, expression) for the arguments of a function that have a default."""
    own = function.args
    yield from zip((each.arg for each in own.args[len(own.args) - len(own.defaults) :]), own.defaults, strict=True)
    yield from ((each.arg, value) for each, value in zip(own.kwonlyargs, own.kw_defaults, strict=True) if value)


def bound_inside(node: ast.expr) -> set[str]:
    """Return the names that an expression binds itself, in a comprehension or a lambda."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    lambdas = [each for each in ast.walk(node) if isinstance(each, ast.Lambda)]
    return found | {argument.arg for each in lambdas for argument in each.args.args}


class _Small(ast.NodeTransformer):
    """Makes what a call makes on the CPU, with two layers for more: what is wrong with a block shows in two of them."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        moved = isinstance(node.func, ast.Attribute) and node.func.attr in ("cuda", "cpu", "to")
        if moved and isinstance(node.func, ast.Attribute):
            return node.func.value
        words = [_untrained(_shallow(each)) for each in node.keywords if each.arg != "device"]
        return ast.Call(node.func, node.args, words)


def _shallow(word: ast.keyword) -> ast.keyword:
    number = word.value.value if isinstance(word.value, ast.Constant) else None
    return ast.keyword(word.arg, ast.Constant(smaller(word.arg, number))) if type(number) is int else word


def _untrained(word: ast.keyword) -> ast.keyword:
    """Return a keyword without the weights that it would download; left out, it may have them by default."""
    if word.arg == "pretrained":
        return ast.keyword(word.arg, ast.Constant(False))
    of_torchvision = word.arg == "weights" and re.search(r"_Weights\b|'DEFAULT'|'IMAGENET1K_V", ast.unparse(word.value))
    return ast.keyword(word.arg, ast.Constant(None)) if of_torchvision else word


def _without_device(node: ast.expr) -> ast.expr:
    copied = ast.parse(ast.unparse(node), mode="eval").body
    changed = _Small().visit(copied)
    assert isinstance(changed, ast.expr)
    return changed


def smaller(name: str | None, value: Any) -> Any:
    """Return a depth of two for a deeper one: what is wrong with a block shows in two of them."""
    deep = re.search(r"depth|(n|num)_?layers?$|num_blocks|n_blocks", name or "") and type(value) is int
    return min(value, 2) if deep and value % 2 == 0 and value < 20 else value
