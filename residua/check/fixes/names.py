"""Which names hold what, on the way through a forward: assigned where, read where, never read at all?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from residua.check.fixes.page import Page, parameters, self_name

_SHORTCUT = re.compile(r"skip|short|down|proj|ident|resid|match|^sc$|_sc$|adapt", re.I)


@dataclass(frozen=True)
class Assigned:
    """One assignment of a value to a local name."""

    name: str
    value: cst.BaseExpression
    statement: cst.CSTNode
    line: int


def assignments(page: Page, function: cst.FunctionDef) -> list[Assigned]:
    """Return what a function assigns to single names, in order of the lines."""
    found = []
    for node in page.inside(function, cst.Assign):
        for target in node.targets:
            if isinstance(target.target, cst.Name):
                found.append(Assigned(target.target.value, node.value, node, page.line_of(node)))
    return found


def reads(page: Page, node: cst.CSTNode, name: str = "") -> list[cst.Name]:
    """Return where a node reads local names (or one name): no attributes, keywords or targets among them."""
    found = []
    for each in page.inside(node, cst.Name):
        around = page.parent(each)
        if name and each.value != name:
            continue
        if isinstance(around, cst.Attribute) and around.attr is each:
            continue
        if isinstance(around, cst.Arg) and around.keyword is each:
            continue
        if isinstance(around, (cst.AssignTarget, cst.Param, cst.FunctionDef)) or each.value == "self":
            continue
        if isinstance(around, cst.AugAssign) and around.target is each:
            continue
        found.append(each)
    return found


def unread(page: Page, function: cst.FunctionDef) -> list[str]:
    """Return names that are assigned and never read afterwards."""
    found = []
    for each in assignments(page, function):
        if not any(page.line_of(name) > each.line for name in reads(page, function, each.name)):
            found.append(each.name)
    return found


def inputs(page: Page, function: cst.FunctionDef, line: int) -> list[str]:
    """Return names that still hold the input before a line: copies of it, then the argument where nobody changed it."""
    given = parameters(function)[:1]
    copies = [
        each.name
        for each in assignments(page, function)
        if isinstance(each.value, cst.Name)
        and each.value.value in given
        and each.line < line
        and not _changed(page, function, each.value.value, each.line)
    ]
    return [*copies, *(name for name in given if not _changed(page, function, name, line))]


def _changed(page: Page, function: cst.FunctionDef, name: str, before: int) -> bool:
    augmented = [page.line_of(a) for a in page.inside(function, cst.AugAssign) if page.code(a.target) == name]
    return any(a.line < before for a in assignments(page, function) if a.name == name) or any(
        line < before for line in augmented
    )


def layers(page: Page, owner: cst.ClassDef | None) -> dict[str, cst.Assign]:
    """Return where a class makes `self.NAME = …`, the first place of each name."""
    found: dict[str, cst.Assign] = {}
    for method in ("__init__", "_init_"):
        for node in page.inside(made, cst.Assign) if (made := page.method(owner, method)) else ():
            for target in node.targets:
                if name := self_name(target.target):
                    found.setdefault(name, node)
    return found


def uses(page: Page, owner: cst.ClassDef | None, name: str) -> list[cst.Attribute]:
    """Return where methods other than the constructor read `self.NAME`."""
    if owner is None:
        return []
    found = []
    for method in page.inside(owner, cst.FunctionDef):
        if method.name.value not in ("__init__", "_init_"):
            found += [each for each in page.inside(method, cst.Attribute) if self_name(each) == name]
    return found


def idle_layers(page: Page, owner: cst.ClassDef | None) -> list[str]:
    """Return layers that are made by calling something and that no method reads."""
    return [
        name
        for name, node in layers(page, owner).items()
        if isinstance(node.value, (cst.Call, cst.IfExp)) and not uses(page, owner, name)
    ]


def is_shortcut(name: str) -> bool:
    """Tell whether a name is one of those that people give to a shortcut."""
    return bool(_SHORTCUT.search(name))
