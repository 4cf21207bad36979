"""What do `--rules`, `--explain` and `--published` list?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from residua.check.rules import RULES
from residua.check.rules.chinese_designs import chinese_designs
from residua.check.rules.published import PUBLISHED
from residua.check.rules.rule import chinese
from residua.errors import CheckError

# Papers of docs/papers.md at arXiv, as the sources of rules name them.
_ARXIV = {
    "Bai 2018": "1803.01271", "De & Smith 2020": "2002.10444", "Goyal 2017": "1706.02677", "He 2015": "1502.01852",
    "He 2016a": "1512.03385", "He 2016b": "1603.05027", "He 2019": "1812.01187", "Huang 2016": "1603.09382",
    "Huang 2017": "1608.06993", "Ioffe 2015": "1502.03167", "Lim 2017": "1707.02921", "Ma 2018": "1807.11164",
    "Ronneberger 2015": "1505.04597", "Vaswani 2017": "1706.03762", "Zagoruyko 2016": "1605.07146",
    "Zhang 2018 (ShuffleNet)": "1707.01083", "Zhang 2019 (Fixup)": "1901.09321",
}  # fmt: skip
_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every rule's texts by code, in order of code, with the keys of `residua check --rules --json`."""
    return {code: _texts(code) for code in RULES}


def texts_of(code: str) -> Mapping[str, str]:
    """Return one rule's texts. Raises CheckError for an unknown code."""
    if code not in RULES:
        raise CheckError(f"there is no rule {code!r}; `residua check --rules` lists all {len(RULES)}.")
    return catalogue()[code]


def link_of(source: str) -> str:
    """Return the address of the paper, or of the thread, that a rule's source names; empty where it names none."""
    thread = _ISSUE.search(source)
    if thread:
        return f"https://github.com/{thread.group(1)}/issues/{thread.group(2)}"
    return next((f"https://arxiv.org/abs/{number}" for name, number in _ARXIV.items() if name in source), "")


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
