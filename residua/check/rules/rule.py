"""What is known of a rule, beside the function that finds it, and how are its texts filled in?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from residua.check.evidence.evidence import Evidence, Hit
from residua.check.rules.chinese import TEXTS
from residua.check.rules.chinese_further import FURTHER_TEXTS
from residua.check.rules.phrases import in_chinese, lines_in_chinese

SEVERITIES = ("error", "warning", "note")
# Facts whose values are words of ours, which have a Chinese form; the others are names, numbers and Python's own words.
_SAID = frozenset(
    {
        *("trial", "what", "kind", "stage", "meant", "family", "missing", "found", "measured", "factor", "how"),
        *("when", "elsewhere", "unless", "params", "error", "names", "mend", "lost", "right", "where"),
    }
)


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
        """Return the text named `text` (title, message, evidence, fix or source) with the facts filled in."""
        template = str(getattr(self, text))
        if lang != "zh":
            return template.format_map(_Facts(facts))
        own = chinese()[self.code].get(text)
        said = {name: in_chinese(value) if self._is_said(name, value) else value for name, value in facts.items()}
        return (own or lines_in_chinese(template)).format_map(_Facts(said))

    def _is_said(self, name: str, value: Any) -> bool:
        """Tell a fact in words of ours from names of the user's, and from Python's own words."""
        of_ours = name in _SAID or value == "the sum" or (name == "path" and self.code in ("R110", "R111"))
        return isinstance(value, str) and of_ours


class _Facts(dict[str, Any]):
    """A fact that the rule did not measure reads as an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def chinese() -> Mapping[str, Mapping[str, str]]:
    """Return each rule's title, message and evidence in Chinese, by code."""
    lines = [line.strip() for text in (TEXTS, FURTHER_TEXTS) for line in text.strip().split("\n")]
    found = {}
    for heading, message, evidence in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        code, _, title = heading.partition(" ")
        found[code] = {"title": title, "message": message, "evidence": evidence}
    return found
