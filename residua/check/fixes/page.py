"""What stands at a line of a file: its statement, function and class, as nodes whose text can be replaced?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(frozen=True, order=True)
class Edit:
    """One piece of a file's text and what takes its place; the rest of the file stays letter by letter."""

    start: int
    end: int
    text: str


Edits = tuple[Edit, ...]


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with all edits made. They must not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class Page:
    """The syntax tree of a file with the places of its nodes. Raises libcst.ParserSyntaxError."""

    def __init__(self, text: str) -> None:
        self.text = text
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._places = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
        self.newline = self.module.default_newline

    @cached_property
    def nodes(self) -> list[cst.CSTNode]:
        """Every node, outer ones before inner ones, in order of the text."""
        return list(_walk(self.module))

    @property
    def functions(self) -> list[cst.FunctionDef]:
        """The functions of the file that are no methods."""
        return [each for each in self.module.body if isinstance(each, cst.FunctionDef)]

    def place(self, node: cst.CSTNode) -> CodeRange:
        """Return first and last line and column of a node."""
        return self._places[node]

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return where a node's text begins and ends, with the parentheses around it."""
        place = self.place(node)
        start = self._starts[place.start.line - 1] + place.start.column
        end = self._starts[place.end.line - 1] + place.end.column
        for _ in node.lpar if isinstance(node, cst.BaseExpression) else ():  # libcst gives them no places
            start = self.text.rindex("(", 0, start)
            end = self.text.index(")", end) + 1
        return start, end

    def code(self, node: cst.CSTNode) -> str:
        """Return a node's text, without the comments and blanks around it."""
        start, end = self.span(node)
        return self.text[start:end]

    def put(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` in the place of a node."""
        return Edit(*self.span(node), text)

    def line_before(self, node: cst.CSTNode, code: str) -> Edit:
        """Return the edit that puts a line before that of a statement, as far to the right."""
        start, _ = self.span(node)
        first = self._starts[self.place(node).start.line - 1]
        return Edit(first, first, f"{self.text[first:start]}{code}{self.newline}")

    def line_after(self, node: cst.CSTNode, code: str) -> Edit:
        """Return the edit that puts a line after the last one of a statement, as far to the right."""
        place = self.place(node)
        first = self._starts[place.start.line - 1]
        blanks = re.match(r"[ \t]*", self.text[first:])
        indent = blanks[0] if blanks else ""
        if place.end.line < len(self._starts):
            after = self._starts[place.end.line]
            return Edit(after, after, f"{indent}{code}{self.newline}")
        return Edit(len(self.text), len(self.text), f"{self.newline}{indent}{code}")

    def line_after_block(self, block: cst.CSTNode, code: str) -> Edit:
        """Return the edit that puts a line after a block, as far to the right as its head."""
        place = self.place(block)
        first = self._starts[place.start.line - 1]
        indent = self.text[first : first + place.start.column]
        last = self._starts[place.end.line] if place.end.line < len(self._starts) else len(self.text)
        return Edit(last, last, f"{indent}{code}{self.newline}")

    def remove_line(self, row: cst.SimpleStatementLine) -> Edit:
        """Return the edit that takes a statement away with the whole of its lines."""
        place = self.place(row)
        end = self._starts[place.end.line] if place.end.line < len(self._starts) else len(self.text)
        return Edit(self._starts[place.start.line - 1], end, "")

    def unwrapped(self, block: cst.With) -> Edits:
        """Return the edits that take a `with` away and bring its body as far to the left."""
        outer, inner = self.place(block).start, self.place(block.body.body[0]).start
        head = Edit(self._starts[outer.line - 1], self._starts[inner.line - 1], "")
        if inner.line == outer.line:
            return (Edit(self.span(block)[0], self.span(block.body.body[0])[0], ""),)
        less = inner.column - outer.column
        rows = [self._starts[n - 1] for n in range(inner.line, self.place(block).end.line + 1)]
        return head, *(Edit(r, r + less, "") for r in rows if not self.text[r : r + less].strip(" \t"))

    def line_of(self, node: cst.CSTNode) -> int:
        """Return the line in which a node begins."""
        return self.place(node).start.line

    def inside(self, node: cst.CSTNode, kind: type[Node]) -> list[Node]:
        """Return the nodes of a kind in a node, itself among them."""
        return [each for each in _walk(node) if isinstance(each, kind)]

    def above(self, node: cst.CSTNode, kind: type[Node] | tuple[type[Node], ...]) -> Node | None:
        """Return the nearest node of a kind around a node."""
        around = self._parents.get(node)
        while around is not None and not isinstance(around, kind):
            around = self._parents.get(around)
        return around

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return the node directly around a node."""
        return self._parents.get(node)

    def on(self, line: int, kind: type[Node]) -> list[Node]:
        """Return the nodes of a kind that begin in a line or stand around it within one statement."""
        statement = self.statement(line)
        if statement is None:
            return []
        return [each for each in self.inside(statement, kind) if self._touches(each, line)]

    def _touches(self, node: cst.CSTNode, line: int) -> bool:
        place = self.place(node)
        return place.start.line <= line <= place.end.line

    def statement(self, line: int) -> cst.CSTNode | None:
        """Return the smallest statement, or head of one, that a line belongs to."""
        found: cst.CSTNode | None = None
        for node in self.nodes:
            if isinstance(node, (cst.BaseSmallStatement, cst.If, cst.For, cst.With)) and self._touches(node, line):
                found = node
                if isinstance(node, cst.BaseSmallStatement):
                    break
        if isinstance(found, (cst.If, cst.For, cst.With)):
            return found.test if isinstance(found, cst.If) else None
        return found

    def function(self, line: int) -> cst.FunctionDef | None:
        """Return the innermost function around a line."""
        return self._innermost(line, cst.FunctionDef)

    def owner(self, line: int) -> cst.ClassDef | None:
        """Return the innermost class around a line."""
        return self._innermost(line, cst.ClassDef)

    def method(self, owner: cst.ClassDef | None, name: str) -> cst.FunctionDef | None:
        """Return a class's own method."""
        found = [f for f in self.inside(owner, cst.FunctionDef) if f.name.value == name] if owner else []
        return found[0] if found else None

    def _innermost(self, line: int, kind: type[Node]) -> Node | None:
        found = [node for node in self.nodes if isinstance(node, kind) and self._touches(node, line)]
        return found[-1] if found else None


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def self_name(node: cst.CSTNode) -> str:
    """Return NAME of `self.NAME`, and "" for anything else."""
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
        return node.attr.value
    return ""


def parameters(function: cst.FunctionDef | None) -> list[str]:
    """Return the names of a method's arguments without its first."""
    return [each.name.value for each in function.params.params[1:]] if function else []
