"""Which line constructed which module of a stranger's class?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import nn

_TORCH = torch.__path__[0] + os.sep
_TARGETS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_KEPT = 8


class Site(NamedTuple):
    """A place on the way to a constructor: its function, that function's parameters, and the class of its `self`."""

    file: str
    line: int
    function: str
    parameters: tuple[str, ...]
    owner: str | None

    @property
    def place(self) -> tuple[str, int]:
        """File and line."""
        return self.file, self.line


@dataclass
class Made:
    """The modules made so far, and by id from which places each was constructed, the innermost first."""

    modules: list[nn.Module] = field(default_factory=list)  # keeps lost ones alive, so that no two have one id
    sites: dict[int, tuple[Site, ...]] = field(default_factory=dict)


def note_sites(make: Callable[..., Any], /, *args: Any, **kwargs: Any) -> tuple[Any, Made]:
    """Call `make`, and return its result with every nn.Module that was constructed meanwhile."""
    noted = Made()
    original = nn.Module.__init__

    def noting(module: nn.Module, *args: Any, **kwargs: Any) -> None:
        noted.sites[id(module)] = _places(sys._getframe(1))
        noted.modules.append(module)
        original(module, *args, **kwargs)

    nn.Module.__init__ = noting  # type: ignore[method-assign, assignment]  # where modules of every class pass through
    try:
        return make(*args, **kwargs), noted
    finally:
        nn.Module.__init__ = original  # type: ignore[method-assign]  # as it was


def _places(frame: FrameType | None) -> tuple[Site, ...]:
    """Return the places outside torch that lead to `frame`, up to where we called the constructor."""
    found: list[Site] = []
    while frame is not None and len(found) < _KEPT and not frame.f_code.co_filename.startswith(_TARGETS):
        code = frame.f_code
        if not code.co_filename.startswith((_TORCH, "<frozen")):
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            found.append(Site(code.co_filename, frame.f_lineno, code.co_name, names, _owner(frame)))
        frame = frame.f_back
    return tuple(found)


def _owner(frame: FrameType) -> str | None:
    with suppress(Exception):  # a class may override __class__ with something that raises
        return type(frame.f_locals["self"]).__name__ if "self" in frame.f_code.co_varnames else None
    return None
