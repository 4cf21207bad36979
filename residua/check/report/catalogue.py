"""What do `--rules`, `--explain` and `--published` list?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from residua.check.rules import RULES
from residua.check.rules.chinese import chinese, chinese_designs
from residua.check.rules.published import PUBLISHED
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


def designs() -> list[dict[str, Any]]:
    """Return the published designs that `check` knows, with the keys of `residua check --published --json`."""
    return [
        {
            "name": design.name,
            "source": design.source,
            "what": design.what,
            "what_zh": chinese_designs()[design.name],
            "notes": sorted(design.notes),
            "silences": sorted(design.silences),
        }
        for design in PUBLISHED
    ]


def _texts(code: str) -> Mapping[str, str]:
    rule, translated = RULES[code], chinese()[code]
    texts = {"severity": rule.severity}
    for key in ("title", "message", "evidence"):
        texts |= {key: getattr(rule, key), f"{key}_zh": translated[key]}
    return texts | {"fix": rule.fix, "source": rule.source, "bad": rule.wrong, "good": rule.right}
