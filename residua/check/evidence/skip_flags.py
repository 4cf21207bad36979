"""Which flags of a class say whether its block has a shortcut, and who reads them?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from functools import lru_cache

from torch import nn

from residua.check.evidence import source

FLAG = re.compile(
    r"^_*((use|has|with|add|do|is|apply|enable|include|can|id)_?)?(res|residual|skip|shortcut|identity)"
    r"(_?(add|sum|connect|conn|connection)s?)?$|^_*(add|connect)$",
    re.I,
)


def unread_flags(module: nn.Module) -> list[str]:
    """Return the flags of a module that are true, by name or as a default, and that no code of its file reads."""
    kind: type = type(module)
    read, unread = _read_and_unread(kind)
    found = [name for name, value in vars(module).items() if value is True and FLAG.search(name)]
    return [name for name in found if read is not None and name not in read] + [*unread]


@lru_cache(maxsize=256)
def _read_and_unread(kind: type) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """Return every name that a class's files read (None: a source is missing), and the flags it is given in vain."""
    kinds = [each for each in kind.__mro__ if not each.__module__.startswith(("torch.", "builtins"))]
    trees = [tree for each in kinds if (tree := _tree(each)) is not None]
    if len(trees) < len(kinds):
        return None, ()
    nodes = [node for each in kinds for node in source.nodes_of(inspect.getsourcefile(each) or "")]
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}
    read |= {str(node.value) for node in nodes if isinstance(node, ast.Constant)}  # a word is for getattr()
    return frozenset(read), tuple(name for tree in trees[:1] for name in _unread_arguments(tree) if FLAG.search(name))


def sets_flag(kind: type) -> bool:
    """Tell whether a class keeps a flag that says that its block has a shortcut."""
    tree = _tree(kind)
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)] if tree is not None else []
    return any(isinstance(node.ctx, ast.Store) and FLAG.search(node.attr) for node in stored)


def is_off_by_default(kind: type) -> bool:
    """Tell whether a class, or a network, takes a flag for its shortcut whose default is False."""
    tree = _tree(kind)
    return tree is not None and any(FLAG.search(name) for name, value in _defaults(tree) if value is False)


def guarded_sum(kind: type) -> ast.If | ast.IfExp | None:
    """Return the test of a flag in a class's forward under which alone the block's input is added to something."""
    tree = _tree(kind)
    for forward in ast.walk(tree) if tree is not None else ():
        if not isinstance(forward, ast.FunctionDef) or forward.name != "forward" or len(forward.args.args) < 2:
            continue
        entering = {forward.args.args[1].arg}
        for node in ast.walk(forward):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in entering:
                entering |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        tests = [node for node in ast.walk(forward) if isinstance(node, (ast.If, ast.IfExp))]
        return next((node for node in tests if _adds_one_of(node, entering)), None)
    return None


def _adds_one_of(test: ast.If | ast.IfExp, names: set[str]) -> bool:
    """Tell whether a test guards an addition of one of these names, or of a name that says shortcut."""
    tested = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(test.test)}
    if not any(FLAG.search(name) or _SHORTCUT.search(name) for name in tested):
        return False  # a position, an adapter or a condition may be added to the input too
    inside = test.body if isinstance(test, ast.If) else [test.body]
    for node in (each for part in inside for each in ast.walk(part)):
        terms: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            terms = [node.left, node.right]
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            terms = [node.target, node.value]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("add", "add_"):
            terms = node.args
        if any(isinstance(term, ast.Name) and (term.id in names or _SHORTCUT.search(term.id)) for term in terms):
            return True
    return False


_SHORTCUT = re.compile(r"ident|short|skip|resid|^res$", re.I)


@lru_cache(maxsize=256)
def _tree(kind: type) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return None


def _unread_arguments(tree: ast.AST) -> list[str]:
    """Return the arguments of the constructor whose default is True and that it never names."""
    makers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    read = {node.id for maker in makers for node in ast.walk(maker) if isinstance(node, ast.Name)}
    return [name for name, value in _defaults(tree) if value is True and name not in read]


def _defaults(tree: ast.AST) -> list[tuple[str, object]]:
    """Return (argument, default) for the constructor's arguments whose default is written out."""
    found: list[tuple[ast.arg, ast.expr | None]] = []
    for maker in ast.walk(tree):
        if isinstance(maker, ast.FunctionDef) and maker.name == "__init__":
            given = [*maker.args.posonlyargs, *maker.args.args]
            found += zip(reversed(given), reversed(maker.args.defaults), strict=False)
            found += zip(maker.args.kwonlyargs, maker.args.kw_defaults, strict=True)
    return [(argument.arg, value.value) for argument, value in found if isinstance(value, ast.Constant)]
