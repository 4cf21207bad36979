"""What is known of a rule, beside the function that finds it, and how are its texts filled in?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.chinese import chinese

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Rule:
    """One mistake, or one published variant, that `residua check` names.

    It stands as `@partial(Rule, code=…, …)` above the function that finds it, and the name is then the whole value.
    In message, evidence and fix, {code} is the user's line, {target} the name of the class, and every other name in
    braces a fact of the hit.
    """

    find: Callable[[Evidence], Iterator[Hit]]
    code: str
    severity: str
    title: str
    message: str
    evidence: str
    fix: str
    source: str
    wrong: str
    right: str
    implies: tuple[str, ...] = ()  # rules whose hits only show what this one explains, and are left out beside it
    once: bool = False  # one cause shows at several lines or in several configurations: the first line names it
    bare_crash: bool = False  # says only that the code raised: a rule that explains the line takes its place
    with_options: bool = False  # is looked for as well where one optional argument has another value
    grave_with_options: bool = False  # keeps its severity when only such a variant crashes; others become warnings

    def worded(self, text: str, facts: Mapping[str, Any], lang: str = "en") -> str:
        """Return the text named `text` (title, message, evidence or fix) with the facts filled in."""
        template = chinese()[self.code].get(text) if lang == "zh" else None
        return str(template or getattr(self, text)).format_map(_Facts(facts))


class _Facts(dict[str, Any]):
    """A fact that the rule did not measure reads as an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"
