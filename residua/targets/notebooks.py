"""What Python code does a notebook hold, and in which cell does each of its lines stand?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path
from typing import Any

from residua.errors import TargetError
from residua.reading import MOST_TEXT, read_regular


@dataclass(frozen=True)
class Notebook:
    """The code cells of a notebook as one source, each line where it stands in the file; other lines are empty.

    places: for each line the number of its cell and its line in the cell, both from 1; None between cells. Cells are
    counted as they follow one another on the page, those of text too.
    """

    source: str
    places: tuple[tuple[int, int] | None, ...]

    def cell_of(self, line: int) -> tuple[int, int] | None:
        """Return the cell of a line of the source, and the line in that cell; None for a line of no code cell."""
        return self.places[line - 1] if 0 < line <= len(self.places) else None

    def cells(self) -> Iterator[tuple[int, int, int]]:
        """Yield the number of each code cell, and of its lines the index of the first and that after the last."""
        for number in sorted({place[0] for place in self.places if place}):
            rows = [index for index, place in enumerate(self.places) if place and place[0] == number]
            yield number, rows[0], rows[-1] + 1


def read_notebook(path: Path) -> Notebook:
    """Read a notebook of format 4. Magics and shell commands are left out, their lines stay empty.

    Raises TargetError for what is no such notebook, or cannot be read.
    """
    text = read_text(path)
    try:
        sources = list(_code_cells(json.loads(text)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TargetError(f"{path} is not a notebook of format 4; save it again in Jupyter.") from None
    rows = text.split("\n")
    out: list[str] = []
    places: list[tuple[int, int] | None] = []
    at = 0
    for number, source in sources:
        lines = source.removesuffix("\n").split("\n") if source else []  # no row of the file is for a last empty one
        for line_in_cell, line in enumerate(lines, start=1):
            at = _place(rows, line, at)
            out += [""] * (at - len(out))
            places += [None] * (at - len(places))
            out.append("" if line.lstrip().startswith(("%", "!", "?")) else line)
            places.append((number, line_in_cell))
            at = max(at + 1, len(out))
    return Notebook("\n".join(out), tuple(places))


def _code_cells(document: Any) -> Iterator[tuple[int, str]]:
    """Yield number and source of each code cell. Raises TypeError or KeyError for what is no notebook."""
    for number, cell in enumerate(document["cells"], start=1):
        if not isinstance(cell, dict):
            raise TypeError("a cell that is no object")
        if cell.get("cell_type") == "code":
            source = cell["source"]
            yield number, source if isinstance(source, str) else "".join(source)


def read_text(path: Path) -> str:
    """Return the text of a file of source code: UTF-8, or what its first lines declare. Raises TargetError."""
    content = read_regular(path, MOST_TEXT, TargetError)
    try:
        return decode_source(content)
    except LookupError as error:  # a codec that makes no text, as rot13
        raise TargetError(f"{path}:1: {error}; save the file as UTF-8.") from None
    except (UnicodeDecodeError, SyntaxError) as error:
        raise TargetError(f"{path}:{_undecodable(content, error)}; save the file as UTF-8.") from None


def _undecodable(content: bytes, error: UnicodeDecodeError | SyntaxError) -> str:
    """Return the line that cannot be decoded, and why: a byte of it, or the encoding that the first lines declare."""
    if isinstance(error, SyntaxError):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as other:  # Python says of the first two lines only that something is wrong
            error = other
    if isinstance(error, SyntaxError):
        return f"1: {error.msg}"
    line = content.count(b"\n", 0, error.start) + 1
    return f"{line}: byte 0x{content[error.start]:02x} is not {error.encoding}"


def _place(rows: list[str], line: str, start: int) -> int:
    quoted = {json.dumps(line, ensure_ascii=each)[1:-1] for each in (True, False)}
    for index in range(start, len(rows)):
        content = rows[index].strip().rstrip(",")
        body = content[1:-1].removesuffix("\\n") if content.startswith('"') else None
        if body in quoted:
            return index
    return start
