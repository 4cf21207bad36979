"""What does `--set field=value` mean? One grammar for every verb that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from residua.errors import SpecError


def parse_changes(settings: Sequence[str]) -> dict[str, Any]:
    """Return the changes of `--set field=value …` to a spec; commas or brackets make tuples.

    Raises SpecError for what is not `field=value`; whether the field exists is the spec's to say.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip():
            raise SpecError(f"--set takes field=value, such as --set norm=group, not {setting!r}")
        parts = [part.strip() for part in text.strip("()[] ").split(",") if part.strip()]
        values = tuple(_value(part) for part in parts)
        changes[name.strip()] = values if "," in text or text.strip()[:1] in ("(", "[") else _value(text.strip())
    return changes


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
