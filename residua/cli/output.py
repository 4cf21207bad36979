"""How does a verb speak? Data goes to stdout, talk to stderr; no name in either steers the terminal."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from residua.text import LONGEST_MESSAGE, name_of, one_line, printable

STDIN = "/dev/stdin"  # what `-` stands for
COLUMNS = 80
_STEERS = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")  # and JSON lets it stand


def emit(document: Any) -> None:
    """Print one JSON document on stdout, on one line; NaN is refused.

    Non-ASCII characters are kept where stdout can say them all; otherwise (a file name that is not UTF-8, or a
    terminal that is not) the whole document is escaped, and reads back the same. What steers a terminal is escaped.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(
            getattr(sys.stdout, "encoding", None) or "utf-8"
        )  # strictly: stdout itself may let surrogates through as raw bytes
    except UnicodeEncodeError:
        text = json.dumps(document, ensure_ascii=True, allow_nan=False)
    print(_STEERS.sub(lambda match: f"\\u{ord(match[0]):04x}", text), flush=True)


def show(text: str = "") -> None:
    """Print lines of data on stdout, tabs kept; what steers a terminal is escaped. No name in them has a line break."""
    print(re.sub(r"[^\t\n]+", lambda part: printable(part[0]), text))


def show_parts(parts: Sequence[str]) -> None:
    """Print parts two columns apart; what passes column 80 goes on in the next line, set in."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]}  {part}"
        if len(longer) <= COLUMNS:
            lines[-1] = longer
        else:
            lines.append(f"  {part}")
    show("\n".join(lines))


def say(line: str, *, quiet: bool = False) -> None:
    """Print one line of talk on stderr unless `quiet`; a longer one than a message may be loses its middle."""
    if not quiet:
        _tell(printable(line) if len(line) <= LONGEST_MESSAGE else one_line(line, LONGEST_MESSAGE))


def say_wrapped(line: str, *, quiet: bool = False) -> None:
    """Print a line of talk as `say` does, broken at 80 columns, the rest of it set in."""
    if not quiet:
        words = printable(line)
        _tell(textwrap.fill(words, COLUMNS, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def _tell(text: str) -> None:
    """Print on stderr; where that is closed, full or gone, nobody hears it, and no work is lost for it."""
    if sys.stderr is not None:  # print() takes None for stdout
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print words in columns on stdout, the first to the left and the others to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(name_of(header[0]), no_wrap=True)
    for name in header[1:]:
        table.add_column(name_of(name), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*map(name_of, row))
    Console(highlight=False, markup=False).print(table)
