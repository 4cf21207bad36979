"""Does docs/api.md name everything public, with signature and first sentence? `--update-golden` draws it anew."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
CHAPTERS = ("residua", *(f"residua.{name}" for name in ("nn", "weights", "data", "check", "summary")))
VALUES = {"ZOO": "Every published network by name: a mapping to `ZooRow`."}  # what can have no docstring
LONGEST = 100  # characters of a signature: a value with thirty fields is read where it is written
HEAD = """# Public names

What may be imported and stays, drawn from the docstrings by `pytest tests/test_api.py --update-golden`.
[Python](python.md) shows these names at work; all other modules are a chapter's inside and may change in any version.
"""


def drawn() -> str:
    return "\n".join([HEAD, *(line for chapter in CHAPTERS for line in section(chapter))])


def section(chapter: str) -> Iterator[str]:
    """Yield the lines of one module: its question, then a row a name."""
    module = importlib.import_module(chapter)
    yield from (f"## `{chapter}`", "", sentence(module), "", "| name | what it is |", "|---|---|")
    for name in sorted(module.__all__, key=str.lower):
        if not name.startswith("__"):
            value = getattr(module, name)
            yield f"| `{name}{signature(value)}` | {VALUES.get(name) or sentence(value)} |"
    yield ""


def sentence(value: Any) -> str:
    """Return the first paragraph of a docstring on one line, as a cell of a table."""
    text = inspect.getdoc(value) or ""
    assert text or not (inspect.isclass(value) or inspect.isroutine(value)), f"{value} has no docstring"
    return " ".join(re.split(r"\n\s*\n", text)[0].split()).replace("|", "\\|")


def signature(value: Any) -> str:
    """Return the parameters of a function or class by name and default; "" for any other value."""
    if not callable(value):
        return ""
    try:
        given = inspect.signature(value).parameters.values()
    except ValueError:
        return ""
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in given]
    text = str(inspect.Signature(plain))
    return text if len(text) <= LONGEST else "(…)"


def test_the_page_names_everything_public(request):
    if request.config.getoption("--update-golden"):
        PAGE.write_text(drawn(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == drawn(), "pytest tests/test_api.py --update-golden draws it anew"
