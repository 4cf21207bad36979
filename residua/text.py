"""How does residua put names and other people's messages into one line of text?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_MESSAGE = 300  # characters of an error or a warning: four lines of a terminal
LONGEST_NAME = 200  # characters of a class or file in a table or a list
LONGEST_WORD = 60  # within a text that is cut: a path keeps its last folder and its name
_LEFT_OUT = "…"
# Control characters, and what turns the direction of writing. Joiners, which some scripts and emoji need, are none.
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def nearest(name: str, names: Iterable[str], most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return up to `most` of `names` that `name` may be a misspelling of, the nearest first.

    cutoff: 0…1, how alike two names must be; difflib's own default, unless the caller knows better.
    """
    import difflib  # asked for by errors alone

    return difflib.get_close_matches(name[:LONGEST_MESSAGE], list(names), n=most, cutoff=cutoff)


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which "class2" comes before "class10" and case does not matter."""
    if text.isascii() and text.isalpha():
        return ((1, 0, text.lower()), (2, 0, text))
    parts = re.split(r"(\d+)", text)
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts if part]
    return (*key, (2, 0, text))


def canonical(name: str) -> str:
    """Return a name as names are compared: é is one letter, or e and an accent, as macOS writes names of files."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def compared(name: str) -> str | float:
    """Return what names share that a person may take for one: letters and digits, or of a number its value."""
    try:
        return float(name)
    except ValueError:
        return "".join(letter for letter in canonical(name).casefold() if letter.isalnum())


def and_more(names: Sequence[str], shown: int = 5) -> str:
    """Return the first names and a count of the rest: "a, b and 3 more"."""
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def one_line(message: object, longest: int | None = None) -> str:
    """Return the text of `message`, an exception for example, without line breaks, of at most `longest` characters.

    Long words lose their middle first, then the whole text does: a message ends with what to do.
    """
    text = printable(" ".join(str(message).split()))
    if longest is None or len(text) <= longest:
        return text
    return shortened(" ".join(shortened(word, LONGEST_WORD) for word in text.split(" ")), longest)


def shortened(text: str, longest: int) -> str:
    """Return `text` without its middle where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    end = longest // 2
    return text[: longest - end - 1] + _LEFT_OUT + text[len(text) - end :]


def printable(text: str, longest: int | None = None) -> str:
    """Return `text` with escapes for what would steer a terminal: control characters, line breaks, bidi overrides.

    longest: of a name; a longer one loses its middle.
    """
    shown = text if longest is None else shortened(text, longest)
    return shown if shown.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def legible(text: str) -> str:
    """Return a page or lines of text with escapes for what steers whoever shows it, its breaks and tabs kept."""
    return _STEERS.sub(lambda found: ascii(found[0])[1:-1], text)


def name_of(name: object) -> str:
    """Return the name of a class, file or layer as it stands in a line of text."""
    return printable(str(name), LONGEST_NAME)
