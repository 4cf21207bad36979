"""Where in its file does a finding stand: first and last line and column, and in a notebook which cell?"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from residua.check.report.finding import CheckReport, Finding
from residua.errors import ResiduaError
from residua.targets.notebooks import Notebook, read_notebook, read_text

_AFTER_CODE = re.compile(r"\s*(#.*)?$")
_LINES_IN_TEXTS = (
    (re.compile(r"(?<=\.ipynb):(\d+)\b"), ", cell {}, line {}"),
    (re.compile(r"(?<!, )\bline (\d+)\b"), "cell {}, line {}"),  # not what the pattern above has just made
    (re.compile(r"第 ?(\d+) ?行"), "第 {} 个单元格第 {} 行"),
)


@dataclass(frozen=True)
class Place:
    """What a finding points at, counted from 1, columns in characters; the end column is the first one after it.

    file: as a user names it, from the working folder. line, end_line: of the file; in_cell: the same two counted in
    the cell of a notebook. text: the code of the first line. Without a line nothing is known but the file.
    """

    file: str
    line: int | None = None
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    text: str = ""
    cell: int | None = None
    in_cell: tuple[int, int] = (1, 1)

    def __str__(self) -> str:
        """The place in words: `net.py:17`, or `nb.ipynb, cell 3, line 11`."""
        if self.line is None:
            return self.file
        return f"{self.file}, {self.spoken_cell}" if self.spoken_cell else f"{self.file}:{self.line}"

    @property
    def spoken_cell(self) -> str:
        """How a reader of a notebook counts: cells in their order, lines from the cell's top; else empty."""
        return f"cell {self.cell}, line {self.in_cell[0]}" if self.cell is not None else ""

    @property
    def row(self) -> str:
        """The place as a prefix of one line of text: `net.py:17:9`, or `nb.ipynb:cell 3:11:9`."""
        if self.cell is None:
            return f"{self.file}:{self.line or 1}:{self.column}"
        return f"{self.file}:cell {self.cell}:{self.in_cell[0]}:{self.column}"


def place_of(finding: Finding, target: str) -> Place:
    """Return where a finding stands; of one without a line, the target's file."""
    file = relative(finding.file or file_of(target))
    if not finding.file or not finding.line:
        return Place(file)
    code, line = _code_of(finding.file), finding.line
    if line > len(code.lines):
        return Place(file, line, end_line=line)
    column, end_line, end_column = code.extent(line)
    place = Place(file, line, column, end_line, end_column, code.lines[line - 1].strip())
    cell = code.notebook.cell_of(line) if code.notebook else None
    if cell is None:
        return place
    return replace(place, cell=cell[0], in_cell=(cell[1], cell[1] + end_line - line))


def file_of(target: str) -> str:
    """Return the file of a target: `net.py` of `net.py:Block`."""
    place, _, name = target.rpartition(":")
    return place if place and not name.endswith((".py", ".ipynb")) else target


def relative(path: str) -> str:
    """Return a path from the working folder where it lies below it, with slashes; else as it is."""
    inside = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    return (path if inside.startswith(os.pardir) else inside).replace(os.sep, "/")


def as_read(report: CheckReport) -> CheckReport:
    """Return a report whose texts name the lines of a notebook by cell, as its reader sees them."""
    file = file_of(report.target)
    if not file.endswith(".ipynb"):
        return report
    findings = tuple(_by_cell(finding, finding.file or file) for finding in report.findings)
    return replace(report, findings=findings, reason=by_cell(report.reason, file))


def _by_cell(finding: Finding, file: str) -> Finding:
    message, measured, fix = (by_cell(text, file) for text in (finding.message, finding.evidence, finding.fix))
    return replace(finding, message=message, evidence=measured, fix=fix)


def by_cell(text: str, file: str) -> str:
    """Return a text with every line of a notebook's file named by cell instead; of another file, as it is."""
    notebook = _code_of(file).notebook
    if notebook is None:
        return text
    for pattern, form in _LINES_IN_TEXTS:
        parts = pattern.split(text)  # text, number, text, number, …
        places = [notebook.cell_of(int(number)) for number in parts[1::2]]
        named = [form.format(*place) for place in places if place is not None]
        if len(named) == len(places):
            text = parts[0] + "".join(name + rest for name, rest in zip(named, parts[2::2], strict=True))
    return text


class _Code:
    """The lines of a file, and what begins at each of them."""

    def __init__(self, lines: Sequence[str], notebook: Notebook | None = None) -> None:
        self.lines, self.notebook = lines, notebook
        try:
            self._tree: ast.AST | None = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError):
            self._tree = None

    def extent(self, line: int) -> tuple[int, int, int]:
        """Return first column, last line and the column after it of the code that begins in a line.

        The largest statement or expression that begins with the line's first character; of one with a body, and of
        a line in the middle of something, only the line.
        """
        text = self.lines[line - 1]
        start = len(text) - len(text.lstrip())
        found = [node for node in ast.walk(self._tree) if _begins(node, line, text, start)] if self._tree else []
        ends = [(node.end_lineno or line, node.end_col_offset or 0) for node in found if isinstance(node, _Placed)]
        if not ends:
            return start + 1, line, max(start, _AFTER_CODE.search(text).start()) + 1  # type: ignore[union-attr]  # it always matches
        end_line, offset = max(ends)
        return start + 1, end_line, _characters(self.lines[end_line - 1], offset) + 1


_Placed = (ast.stmt, ast.expr)


def _begins(node: ast.AST, line: int, text: str, start: int) -> bool:
    if not isinstance(node, _Placed) or node.lineno != line:
        return False
    if isinstance(node, ast.stmt) and hasattr(node, "body"):
        return False
    return _characters(text, node.col_offset) == start


def _characters(text: str, offset: int) -> int:
    """Return how many characters the first `offset` bytes of a line are: the syntax tree counts bytes of UTF-8."""
    return len(text.encode()[:offset].decode(errors="replace"))


def _code_of(file: str) -> _Code:
    try:
        changed = os.stat(file).st_mtime_ns
    except OSError:
        return _Code(())
    return _read(file, changed)


@lru_cache(maxsize=64)
def _read(file: str, changed: int) -> _Code:
    try:
        if file.endswith(".ipynb"):
            notebook = read_notebook(Path(file))
            return _Code(notebook.source.split("\n"), notebook)
        return _Code(read_text(Path(file)).split("\n"))
    except ResiduaError:
        return _Code(())
