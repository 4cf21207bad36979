"""Which edits mend code that raises? Slips of the pen: a word misspelt, a call, a return or a comma too few or many."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from residua.check.fixes.names import layers
from residua.check.fixes.page import Edits, Page, self_name


def slips(page: Page, line: int) -> Iterator[Edits]:
    """All of them, each where its own sign stands in the class at the line."""
    owner = page.owner(line)
    if owner is None:
        return
    yield from _constructor_name(page, owner)
    yield from _constructor_above(page, owner)
    yield from _uncalled(page, line)
    yield from _inverted_test(page, line)
    yield from _comma(page, owner)
    yield from _no_return(page, owner)
    yield from returned_at_the_end(page, line)


def _constructor_name(page: Page, owner: cst.ClassDef) -> Iterator[Edits]:
    for function in page.inside(owner, cst.FunctionDef):
        if (
            re.fullmatch(r"_{1,2}init_{1,2}|init|__int__|__inti__", function.name.value)
            and function.name.value != "__init__"
        ):
            calls = [
                page.put(a.attr, "__init__")
                for a in page.inside(function, cst.Attribute)
                if a.attr.value == function.name.value
            ]
            yield page.put(function.name, "__init__"), *calls
        if (
            re.fullmatch(r"[Ff]o?r?wa?r?d|forwad|foward|forwards|Forward", function.name.value)
            and function.name.value != "forward"
        ):
            yield (page.put(function.name, "forward"),)


def _constructor_above(page: Page, owner: cst.ClassDef) -> Iterator[Edits]:
    made = page.method(owner, "__init__")
    if made is not None and "__init__()" not in page.code(made) and isinstance(made.body, cst.IndentedBlock):
        rows = [row for row in made.body.body if not re.match(r"[\"']", page.code(row))]
        if rows:
            yield (page.line_before(rows[0], "super().__init__()"),)


def _uncalled(page: Page, line: int) -> Iterator[Edits]:
    """`self.fc1(self.norm)`: the layer inside is called with what the method was given."""
    function = page.function(line)
    given = [p.name.value for p in function.params.params[1:2]] if function is not None else []
    for call in page.on(line, cst.Call):
        for arg in call.args:
            if self_name(arg.value) in layers(page, page.owner(line)) and given:
                yield (page.put(arg.value, f"{page.code(arg.value)}({given[0]})"),)


def _inverted_test(page: Page, line: int) -> Iterator[Edits]:
    """`if self.downsample is None: identity = self.downsample(x)`."""
    statement = page.statement(line)
    around = page.above(statement, cst.If) if statement is not None else None
    if around is not None and re.fullmatch(r"[\w.]+ is None", page.code(around.test)):
        yield (page.put(around.test, page.code(around.test).replace(" is None", " is not None")),)


def _comma(page: Page, owner: cst.ClassDef) -> Iterator[Edits]:
    """A comma at the end of a line makes a tuple of one."""
    for node in page.inside(owner, cst.Assign):
        value = node.value
        if isinstance(value, cst.Tuple) and len(value.elements) == 1 and not value.lpar:
            yield (page.put(value, page.code(value.elements[0].value)),)


def _no_return(page: Page, owner: cst.ClassDef) -> Iterator[Edits]:
    """A forward that ends with an assignment, or whose only return stands in a branch."""
    forward = page.method(owner, "forward")
    if forward is None or not isinstance(forward.body, cst.IndentedBlock) or page.inside(forward, cst.Return):
        return
    last = forward.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    target = small.targets[0].target if isinstance(small, cst.Assign) else getattr(small, "target", None)
    if isinstance(target, cst.Name):
        yield (page.line_after(last, f"return {target.value}"),)
    elif isinstance(small, cst.Expr):
        yield (page.put(small, f"return {page.code(small.value)}"),)


def returned_at_the_end(page: Page, line: int) -> Iterator[Edits]:
    """A return that stands one step too far to the right ends a loop in its first round, or a branch only."""
    owner = page.owner(line)
    forward = page.method(owner, "forward") if owner is not None else None
    for node in page.inside(forward, cst.Return) if forward is not None else ():
        row = page.parent(node)
        block = page.above(node, (cst.For, cst.If, cst.With))
        if (
            block is not None
            and isinstance(row, cst.SimpleStatementLine)
            and page.above(block, cst.FunctionDef) is forward
        ):
            yield page.remove_line(row), page.line_after_block(block, page.code(node))
