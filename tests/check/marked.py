"""Sources of blocks whose wrong lines are marked, and the check that a finding stands in one of them."""

from __future__ import annotations

from collections.abc import Callable

from residua.check.report.finding import CheckReport

HEAD = "import random\n\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"


def in_marked_lines(source: str, checked: Callable[..., CheckReport]) -> set[str]:
    """Return the rules that fire, above a note, in a line marked `# <-`; the marks are taken out before."""
    lines = (HEAD + source).split("\n")
    marked = {number for number, line in enumerate(lines, 1) if "# <-" in line}
    report = checked("\n".join(line.split("  # <-")[0] for line in lines))
    return {f.rule for f in report.findings if f.severity != "note" and f.line in marked}


def loud(source: str, checked: Callable[..., CheckReport]) -> list[tuple[str, int | None]]:
    """Return every finding above a note."""
    return [(f.rule, f.line) for f in checked(HEAD + source).findings if f.severity != "note"]
