"""How does residua put names and other people's messages into one line of text?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def nearest(name: str, names: Iterable[str], most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return up to `most` of `names` that `name` may be a misspelling of, the nearest first.

    cutoff: 0…1, how alike two names must be; difflib's own default, unless the caller knows better.
    """
    return difflib.get_close_matches(name, list(names), n=most, cutoff=cutoff)


def and_more(names: Sequence[str], shown: int = 5) -> str:
    """Return the first names and a count of the rest: "a, b and 3 more"."""
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def one_line(message: object, longest: int | None = None) -> str:
    """Return the text of `message`, an exception for example, without line breaks, cut after `longest` characters."""
    return printable(" ".join(str(message).split()))[:longest]


def printable(text: str) -> str:
    """Return `text` with escapes for what would steer a terminal: control characters, line breaks, bidi overrides."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
