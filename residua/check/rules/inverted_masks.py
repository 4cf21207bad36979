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
        elif filled is not None and (counted := _counts_frames(filled, file, call)) is not None:
            yield InvertedMask(
                f"({ast.unparse(counted)})", counted.lineno, "its positions are filled with minus infinity"
            )
        for keyword in (each for each in call.keywords if (each.arg or "").endswith("key_padding_mask")):
            how, name = "key_padding_mask ignores its positions", _word(keyword.value)[0]
            counted = _counts_frames(keyword.value, file, call)
            if _shows(keyword.value, text):
                yield InvertedMask(name, keyword.value.lineno, how)
            elif counted is not None and _said_of(name, text) is None:
                yield InvertedMask(f"({ast.unparse(counted)})", counted.lineno, how)


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


def _counts_frames(mask: ast.expr, file: str, call: ast.expr, turned: bool = False) -> ast.Compare | None:
    """Return the comparison `position < length` that a mask is, which is true for what takes part.

    It is followed through names, `~`, views, and the functions and methods of the file that return it.
    """
    for _ in range(8):
        if isinstance(mask, ast.UnaryOp) and isinstance(mask.op, (ast.Invert, ast.Not)):
            mask, turned = mask.operand, not turned
        elif isinstance(mask, ast.Subscript):
            mask = mask.value
        elif isinstance(mask, ast.Compare) and len(mask.ops) == 1:
            shows = _below(mask, file)
            return mask if shows is not None and shows is not turned else None
        else:
            found = _origin(mask, file, call)
            if found is None:
                return None
            mask, call = found
    return None


def _origin(mask: ast.expr, file: str, near: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Return what a name was last assigned before a line, or what the called function of the file returns."""
    around = source.function_at(file, near.lineno)
    if isinstance(mask, ast.Name) and around is not None:
        stored = [node for node in ast.walk(around) if isinstance(node, ast.Assign) and node.lineno < near.lineno]
        values = [node.value for node in stored if ast.unparse(node.targets[0]) == mask.id]
        return (values[0], values[0]) if len(values) == 1 else None
    if not isinstance(mask, ast.Call):
        return None
    name = getattr(mask.func, "attr", getattr(mask.func, "id", ""))
    if name in ("to", "bool", "view", "unsqueeze", "contiguous") and isinstance(mask.func, ast.Attribute):
        return mask.func.value, near
    made = [node for node in source.nodes_of(file) if isinstance(node, ast.FunctionDef) and node.name == name]
    ends = [node.value for node in ast.walk(made[0]) if isinstance(node, ast.Return)] if len(made) == 1 else []
    return (ends[0], ends[0]) if len(ends) == 1 and ends[0] is not None else None


def _below(test: ast.Compare, file: str) -> bool | None:
    """Return whether a comparison of positions with lengths is true for what takes part; None for other ones."""
    left, right = (_kind_of(each, file, test) for each in (test.left, test.comparators[0]))
    if {left, right} != {"positions", "lengths"}:
        return None
    below = isinstance(test.ops[0], (ast.Lt, ast.LtE))
    if not below and not isinstance(test.ops[0], (ast.Gt, ast.GtE)):
        return None
    return below is (left == "positions")


def _kind_of(side: ast.expr, file: str, near: ast.expr) -> str:
    """Tell torch's counted positions, by a name too, from what is called lengths."""
    text = ast.unparse(side)
    for node in [node for node in ast.walk(side) if isinstance(node, ast.Name)]:
        found = _origin(node, file, near)
        text += " " + ast.unparse(found[0]) if found is not None else ""
    if "arange" in text:
        return "positions"
    return "lengths" if re.search(r"len|durations?\b|num_frames|n_frames|valid", ast.unparse(side), re.I) else ""
