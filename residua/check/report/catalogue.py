"""What does each rule say, as `--rules` and `--explain` list it?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from residua.check.rules import RULES
from residua.check.rules.chinese import chinese
from residua.errors import CheckError


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every rule's texts by code, in order of code, with the keys of `residua check --rules --json`."""
    return {code: _texts(code) for code in RULES}


def texts_of(code: str) -> Mapping[str, str]:
    """Return one rule's texts. Raises CheckError for an unknown code."""
    if code not in RULES:
        raise CheckError(f"there is no rule {code!r}; `residua check --rules` lists all {len(RULES)}.")
    return catalogue()[code]


def _texts(code: str) -> Mapping[str, str]:
    rule, translated = RULES[code], chinese()[code]
    texts = {"severity": rule.severity}
    for key in ("title", "message", "evidence"):
        texts |= {key: getattr(rule, key), f"{key}_zh": translated[key]}
    return texts | {"fix": rule.fix, "source": rule.source, "bad": rule.wrong, "good": rule.right}
