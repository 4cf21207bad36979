"""How does a test run what a page of the docs shows, and compare what it prints with what stands there?"""

from __future__ import annotations

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page (a path in the repository) in that language, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[tuple[str, str]]:
    """Return each `$ command` of the console blocks of a page with the output shown under it."""
    parts = [part for block in blocks(page, "console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def failures(page: str, tolerance: float = 0.0) -> str:
    """Run the Python sessions of a page one after the other, and return what they print other than the page shows.

    tolerance: by which decimal fractions may differ, for what another processor computes a little differently.
    """
    session = "\n".join(blocks(page, "python"))
    assert ">>> " in session
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    options = doctest.IGNORE_EXCEPTION_DETAIL | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(_NearlyEqual(tolerance), optionflags=options)
    printed: list[str] = []
    runner.run(test, out=printed.append)
    return "".join(printed)


def nearly_equal(shown: str, printed: str, tolerance: float) -> bool:
    """Say whether two texts are equal but for decimal fractions that differ by at most `tolerance`."""
    if NUMBER.sub("#", shown) != NUMBER.sub("#", printed):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(abs(float(one) - float(other)) <= tolerance for one, other in pairs)


class _NearlyEqual(doctest.OutputChecker):
    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(want, got, optionflags) or nearly_equal(want, got, self.tolerance)
