"""Which masks does the code use the wrong way round, by what it says of them itself?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from residua.check.evidence import source

_SHOWS = re.compile(
    r"(^|_)(valid|keep|kept|real|present|nonpad|non_pad|not_pad|is_token|visible|attend)(_|$|mask)", re.I
)
_HIDES = re.compile(r"(^|_)(pad|padding|padded|ignore|ignored|hidden|hide|invalid|blocked|is_pad)(_|$|mask)", re.I)
_SMALL = re.compile(
    r"-\s*(float\(['\"]inf|math\.inf|torch\.inf|np\.inf|inf\b|1e\d|\d{4,})|['\"]-inf|finfo|float\(['\"]-"
)


@dataclass(frozen=True)
class InvertedMask:
    """A mask, the line that uses it, and how."""

    name: str
    line: int
    how: str


def inverted_masks(file: str, class_name: str) -> Iterator[InvertedMask]:
    """Yield masks of what takes part that are filled with minus infinity, or handed over as what is ignored."""
    node = source.class_in(file, class_name)
    text = source.class_text(file, class_name)
    for call in ast.walk(node) if node is not None else ():
        if not isinstance(call, ast.Call):
            continue
        filled = _filled(call)
        if filled is not None and _shows(filled, text):
            yield InvertedMask(_word(filled)[0], call.lineno, "its positions are filled with minus infinity here")
        for keyword in call.keywords:
            if keyword.arg == "key_padding_mask" and _shows(keyword.value, text):
                how = "key_padding_mask ignores its positions"
                yield InvertedMask(_word(keyword.value)[0], keyword.value.lineno, how)


def _filled(call: ast.Call) -> ast.expr | None:
    """Return the mask of a call that writes a very small number where it is true; None for other calls."""
    name = getattr(call.func, "attr", "")
    if name in ("masked_fill", "masked_fill_") and len(call.args) >= 2:
        mask, value = call.args[-2:]
    elif name == "where" and len(call.args) == 3:
        mask, value = call.args[0], call.args[1]
    else:
        return None
    return mask if _SMALL.search(ast.unparse(value)) else None


def _word(mask: ast.expr) -> tuple[str, bool]:
    """Return the name behind a mask's views, and whether it is turned round on the way."""
    turned = False
    while True:
        if isinstance(mask, ast.UnaryOp) and isinstance(mask.op, (ast.Invert, ast.Not)):
            mask, turned = mask.operand, not turned
        elif isinstance(mask, ast.Compare) and len(mask.comparators) == 1:
            zero = ast.unparse(mask.comparators[0]) in ("0", "0.0", "False")
            turned ^= zero and isinstance(mask.ops[0], (ast.Eq, ast.LtE))
            turned ^= not zero and isinstance(mask.ops[0], (ast.Lt, ast.NotEq))
            mask = mask.left
        elif isinstance(mask, ast.BinOp) and isinstance(mask.op, ast.Sub):
            mask, turned = mask.right, not turned
        elif isinstance(mask, ast.Subscript):
            mask = mask.value
        elif isinstance(mask, ast.Call) and isinstance(mask.func, ast.Attribute):
            turned ^= mask.func.attr == "logical_not" or (mask.func.attr == "eq" and ast.unparse(mask.args[0]) == "0")
            mask = mask.args[0] if ast.unparse(mask.func.value) == "torch" and mask.args else mask.func.value
        else:
            return ast.unparse(mask).rpartition(".")[2], turned


def _shows(mask: ast.expr, text: str) -> bool:
    """Tell a mask that is true, as it is used, for what takes part."""
    name, turned = _word(mask)
    if not name.isidentifier():
        return False
    meant = _said_of(name, text)
    if meant is None and _SHOWS.search(name) and not _HIDES.search(name):
        meant = True
    return meant is not None and meant is not turned


def _said_of(name: str, text: str) -> bool | None:
    """Return whether the class's own words call a mask true where a position counts; None where they say neither."""
    words = "\n".join(re.findall(r'""".*?"""|#[^\n]*', text, re.S))
    about = "|".join(re.findall(rf"\b{re.escape(name)}\b[^\n]*\n?[^\n]*", words))
    shows = _TRUE_WHERE_SHOWN.search(about)
    hides = _TRUE_WHERE_HIDDEN.search(about) or (shows and re.search(r"\b(not|never|no)\b|n't", shows.group()))
    return None if bool(shows) == bool(hides) else bool(shows)


_TRUE_WHERE_SHOWN = re.compile(
    r"\b(True|1|one)\b (\w+ ){0,4}?(real|valid|kept|keep|present|attend\w*|visible|take part)\b"
)
_TRUE_WHERE_HIDDEN = re.compile(
    r"\b(True|1|one|non-zero)\b (\w+ ){0,4}?(pad\w*|hidden|ignored?|masked|invalid|missing)\b"
)
