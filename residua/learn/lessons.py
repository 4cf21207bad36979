"""Which lessons are there, in which language, and what does one say? Without torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from residua.errors import TargetError

Language = Literal["en", "zh"]
_PACKAGED = Path(__file__).parent / "pages"  # in a built package; in a clone they are pages of the docs
_CLONE = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Lesson:
    """A lesson as it is read: Markdown without the comments that hold both languages together."""

    number: int
    title: str
    text: str


def lessons(language: Language = "en") -> tuple[Lesson, ...]:
    """Return all lessons in a language, in order."""
    clone = _CLONE / "learn" if language == "en" else _CLONE / "zh" / "learn"
    folder = _PACKAGED / language if _PACKAGED.exists() else clone
    return tuple(_read(path) for path in sorted(folder.glob("0*.md")))


def lesson(number: str, language: Language = "en") -> Lesson:
    """Return the lesson that a word of the command line names. Raises TargetError for one that is not there."""
    found = lessons(language)
    for each in found:
        if str(each.number) == number.lstrip("0"):
            return each
    raise TargetError(f"{number!r} is no lesson; there are 1 to {len(found)}: `residua learn` lists them")


def _read(path: Path) -> Lesson:
    text = re.sub(r"^<!--.*-->\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title = text.partition("\n")[0].removeprefix("# ")
    return Lesson(int(path.name[:2]), title.partition(" · ")[2], text)
