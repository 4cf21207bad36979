"""What does each rule say, in English and in Chinese?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from residua.errors import CheckError

LANGUAGES = ("en", "zh")
SEVERITIES = ("error", "warning", "note")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every rule's texts by code, in order of code."""
    found: dict[str, dict[str, str]] = {}
    for entry in sorted(files("residua.check.report").joinpath("texts").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            found.update(tomllib.loads(entry.read_text(encoding="utf-8")))
    return dict(sorted(found.items()))


def rule(code: str) -> Mapping[str, str]:
    """Return one rule's texts. Raises CheckError for an unknown code."""
    known = catalogue()
    if code not in known:
        raise CheckError(f"there is no rule {code!r}; `residua check --rules` lists all {len(known)}.")
    return known[code]


def worded(code: str, key: str, facts: Mapping[str, Any], lang: str = "en") -> str:
    """Fill the facts into a rule's text `key` (message, evidence, title, fix) in the given language."""
    texts = rule(code)
    template = texts.get(f"{key}_{lang}" if lang != "en" else key, texts[key])
    return template.format_map(_Facts(facts))


class _Facts(dict):
    """A fact that a rule did not measure reads as an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"
