"""How does a verb speak? Data goes to stdout, talk to stderr."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import Any

STDIN = "/dev/stdin"  # what `-` stands for


def emit(document: Any) -> None:
    """Print one JSON document on stdout, on one line; NaN is refused.

    Non-ASCII characters are kept where stdout can say them all; otherwise (a file name that is not UTF-8, or a
    terminal that is not) the whole document is escaped, and reads back the same.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(
            getattr(sys.stdout, "encoding", None) or "utf-8"
        )  # strictly: stdout itself may let surrogates through as raw bytes
    except UnicodeEncodeError:
        text = json.dumps(document, ensure_ascii=True, allow_nan=False)
    print(text, flush=True)


def say(line: str, *, quiet: bool = False) -> None:
    """Print one line of talk on stderr unless `quiet`."""
    if not quiet:
        print(line, file=sys.stderr, flush=True)


def say_wrapped(line: str, *, quiet: bool = False) -> None:
    """Print a line of talk as `say` does, broken at 80 columns, the rest of it set in."""
    say(textwrap.fill(line, 80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False), quiet=quiet)


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print words in columns on stdout, the first to the left and the others to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(header[0], no_wrap=True)
    for name in header[1:]:
        table.add_column(name, justify="right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)
