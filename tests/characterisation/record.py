"""How does the outcome of a command become a text that is the same on every machine?"""

from __future__ import annotations

import json
import re
from typing import Any

import residua

MASKS = (
    (r"\d+\.\d+ s\b", "<seconds> s"),
    (r"[\d,.]+ img/s", "<speed> img/s"),
    (r"data wait \d+%", "data wait <share>"),
    (r"(train seconds|images/s|data wait)( +[\d,.]+%?)+\n", r"\1 <varies>\n"),
    (r"torch( +\d[\w.+]*)+\n", "torch <varies>\n"),
    (r"\(\d+ threads?\)", "(<threads>)"),
    (r"at most [\d.]+e[-+]\d+ \([\d.]+e[-+]\d+", "at most <tiny> (<tiny>"),
    (r"[^\s\"]*site-packages", "<site-packages>"),
    (r"\b(shows|lists) all \d+", r"\1 all <count>"),  # another network or rule is no other message
    (rf"(?<![\d.]){re.escape(residua.__version__)}(?![\d.])", "<version>"),
)
VARYING = {
    "seconds", "train_seconds", "images_per_s", "images_per_second", "data_wait", "max_abs_difference",
    "max_rel_difference", "confusion", "torch",
}  # fmt: skip
WIDTH = 110
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+(?:e-\d+)?|e-\d+)")


def normalised(text: str, folders: dict[str, str]) -> str:
    """Return `text` without what differs between runs and machines; folders: path → what to write for it."""
    for path, name in folders.items():
        text = text.replace(path, name)
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def document(text: str) -> str:
    """Return JSON documents, one a line, over many lines; a value that varies is replaced by its type."""
    return "\n".join("\n".join(_lines(_steady(json.loads(line)), "")) for line in text.splitlines())


def same(text: str, golden: str) -> bool:
    """Say whether two texts differ in nothing but fractions that rounding and its consequences can move.

    0.03 and 3 points of a percentage: one image of the 36 a class of the digits' test split.
    """
    if NUMBER.sub("#", text) != NUMBER.sub("#", golden):
        return False
    pairs = zip(NUMBER.finditer(text), NUMBER.finditer(golden), strict=True)
    return all(_near(first, second, text[first.end() :].startswith("%")) for first, second in pairs)


def _near(first: re.Match[str], second: re.Match[str], percent: bool) -> bool:
    ours, theirs = float(first[0]), float(second[0])
    return abs(ours - theirs) <= (3 if percent else 0.03) + 0.05 * abs(theirs)


def _steady(value: Any, key: str = "") -> Any:
    if key in VARYING and value is not None:
        return f"<{type(value).__name__}>"
    if isinstance(value, dict):
        return {name: _steady(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_steady(inner) for inner in value]
    return value


def _lines(value: Any, indent: str) -> list[str]:
    """Return the lines of a JSON value: a container that fits on one line takes one."""
    whole = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(indent + whole) <= WIDTH:
        return [indent + whole]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    rows = [opening]
    for item in value:
        inner = _lines(value[item] if isinstance(value, dict) else item, indent + "  ")
        if isinstance(value, dict):
            inner[0] = f"{indent}  {json.dumps(item, ensure_ascii=False)}: {inner[0].lstrip()}"
        rows += inner
    return [indent + rows[0], *rows[1:], indent + closing]
