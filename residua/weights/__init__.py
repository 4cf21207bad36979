"""Which network is in a checkpoint, and can I have it in that layout?

Importing this imports no torch and no numpy; asking for one of its names does what that one needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from residua.weights.loading import load
    from residua.weights.recognise.infer import infer
    from residua.weights.report import InspectReport, inspect

__all__ = ["InspectReport", "infer", "inspect", "load"]
_HOMES = {"InspectReport": "report", "infer": "recognise.infer", "inspect": "report", "load": "loading"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
