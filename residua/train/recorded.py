"""What may stand in the log and in the measures of a run, before anybody counts with it?"""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import Any

ROW = ("epoch", "step", "samples", "loss", "images_per_second", "data_wait")  # numbers of every line
RIGHT = ("top1", "exact_match")  # the share of right answers: of one label an image, or of several
LISTS = ("interval", "val_halves")  # endings of the names of what is a list


def require_row(row: Any) -> dict[str, Any]:
    """Return a line of log.jsonl. Raises ValueError for anything else: names with numbers, None for what is unknown."""
    if not isinstance(row, dict) or "val_top1" not in row or not all(_is_number(row.get(name)) for name in ROW):
        raise ValueError("a line that is no row of a log")
    if not any(_is_number(row.get(name)) for name in RIGHT):
        raise ValueError("a line that is no row of a log")
    for name, value in row.items():
        if name.endswith("val_halves") and not (value is None or _are_halves(value)):
            raise ValueError(f"{name[:40]!r} should be of two halves, three numbers each")
        if not (value is None or _is_number(value) or (name.endswith(LISTS) and isinstance(value, list))):
            raise ValueError(f"{name[:40]!r} should be a number")
    return row


def require_metrics(metrics: Any) -> dict[str, Any]:
    """Return the measures of a run. Raises ValueError for anything else."""
    if not isinstance(metrics, dict):
        raise ValueError("a JSON object was expected")
    for name, (holds, words) in _METRICS.items():
        if metrics.get(name) is not None and not holds(metrics[name]):
            raise ValueError(f"{name} should be {words}")
    samples = metrics.get("samples") or 0
    if (metrics.get("correct") or 0) > samples:
        raise ValueError("more right answers than images")
    if metrics.get("right") is not None and (not metrics.get("images_sha256") or 4 * len(metrics["right"]) < samples):
        raise ValueError("right should have a bit for every image")
    return metrics


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _are_halves(value: Any) -> bool:
    """Whether these are two halves of the validation images: by what epochs are compared, right answers, images."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    sizes = all(isinstance(half, list) and len(half) == 3 and all(map(_is_number, half)) for half in value)
    return sizes and all(_is_count(half[2]) and 0 <= half[1] <= half[2] for half in value)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**40


_METRICS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("top1", "loss", "class_mean", "train_seconds"), (_is_number, "a number")),
    "correct": (lambda value: type(value) is int and value >= 0, "a count"),
    "samples": (_is_count, "a count"),
    **dict.fromkeys(("split", "images_sha256"), (lambda value: isinstance(value, str), "a word")),
    "right": (
        lambda value: isinstance(value, str) and len(value) % 2 == 0 and set(value) <= set(string.hexdigits),
        "hexadecimal digits",
    ),
}
