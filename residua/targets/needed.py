"""Which statements of a file does a target need, so that nothing else of the file is run?"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from residua.targets.roles import names_settings_class

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


def needed(body: Sequence[ast.stmt], name: str = "", also: Collection[str] = ()) -> list[ast.stmt]:
    """Return the statements that define `name` (every class where none is named) and `also`, and what these need.

    A statement is needed when it gives a value to a name that a needed one reads, or changes that value in place
    (`parser.add_argument(…)`, `CONFIG["width"] = 8`). What only another function needs is not, nor is a call of an
    imported module (`torch.manual_seed(0)`), unless it says where imports are found.
    """
    parts = [_Part.of(node) for node in body]
    imported = {name for part in parts if isinstance(part.node, _IMPORTS) for name in part.binds}
    classes = {each for part in parts if _may_be_module(part.node) for each in part.binds}
    wanted = ({name} if name else classes) | set(also)
    if not wanted:
        return []
    wanted |= {each for part in parts if _holds_settings(part.node) for each in part.binds}
    kept: set[int] = {index for index, part in enumerate(parts) if _always(part.node)}
    for index in kept:
        wanted |= parts[index].reads
    found = True
    while found:
        found = False
        for index, part in enumerate(parts):
            if index not in kept and (part.binds & wanted or part.changes & wanted - imported):
                kept.add(index)
                wanted |= part.reads
                found = True
    return [part.node for index, part in enumerate(parts) if index in kept]


_NO_MODULE = re.compile(
    r"(Dataset|DataLoader|Sampler|Scheduler|LR|Optimizer|Function|Exception|Error|Enum|Flag|NamedTuple|TypedDict|Protocol|"
    r"Callback|TestCase|DataModule|Transform|Namespace)$|^(object|ABC|str|int|float|dict|list|tuple|set|Dict|OrderedDict)$"
)


def _may_be_module(node: ast.stmt) -> bool:
    """Tell a class that may be an nn.Module from one whose bases say it is none: a data set, a schedule."""
    if not isinstance(node, ast.ClassDef):
        inside = () if isinstance(node, _DEFINITIONS) else _own_level(node)
        return any(isinstance(each, ast.ClassDef) and _may_be_module(each) for each in inside)
    if node.name.endswith("Module") or not (node.bases or node.keywords):
        return False
    return any(not _NO_MODULE.search(ast.unparse(base).rpartition(".")[2]) for base in node.bases)


def _holds_settings(node: ast.stmt) -> bool:
    """Tell a data class of settings: a class that takes one seldom names it, and only its code knows the values."""
    decorated = isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(each) for each in node.decorator_list)
    return isinstance(node, ast.ClassDef) and decorated and names_settings_class(node.name)


@dataclass(frozen=True)
class _Part:
    """A statement of a file's own level: which names it gives a value, changes the value of, and reads."""

    node: ast.stmt
    binds: frozenset[str]
    changes: frozenset[str]
    reads: frozenset[str]

    @classmethod
    def of(cls, node: ast.stmt) -> _Part:
        binds, changes = set(bound(node)), set(_changed(node))
        if _is_main(node):
            binds, changes = set(), set()  # that part is for running the file, not for importing it
        return cls(node, frozenset(binds), frozenset(changes), frozenset(_read(node)))


def _always(node: ast.stmt) -> bool:
    """Tell a statement that says how others are read: `from __future__`, a star import, a change of sys.path."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or any(alias.name == "*" for alias in node.names)
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("sys.path.")


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(node.test))


def _read(node: ast.stmt) -> Iterator[str]:
    """Yield the names of the file that a statement reads, also inside its functions, whose own variables are none."""
    table = symtable.symtable(ast.unparse(node), "statement", "exec")
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced())
    inner = list(table.get_children())
    while inner:
        table = inner.pop()
        inner += table.get_children()
        yield from (
            symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()
        )


def bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds at its own level, whatever blocks they stand in."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
        return
    for each in _own_level(node):
        if isinstance(each, _DEFINITIONS):
            yield each.name
        elif isinstance(each, _IMPORTS):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def unbound(body: Sequence[ast.stmt]) -> list[str]:
    """Return the names that statements read and none of them binds: a star import among them gives those."""
    parts = [_Part.of(node) for node in body]
    known = {name for part in parts for name in part.binds} | set(dir(builtins))
    return sorted({name for part in parts for name in part.reads} - known)


def _changed(node: ast.stmt) -> Iterator[str]:
    """Yield the names whose values a statement changes in place: by a method, an item or an attribute."""
    if isinstance(node, _DEFINITIONS):
        return
    for each in _own_level(node):
        target: ast.expr | None = None
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            target = each.value.func if isinstance(each.value.func, ast.Attribute) else None
        elif isinstance(each, (ast.Subscript, ast.Attribute)) and isinstance(each.ctx, ast.Store):
            target = each
        while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):
            target = target.func if isinstance(target, ast.Call) else target.value
        if isinstance(target, ast.Name):
            yield target.id


def _own_level(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a statement without going into the bodies of functions and classes."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*_DEFINITIONS, ast.Lambda)):
            yield child
        else:
            yield from _own_level(child)
