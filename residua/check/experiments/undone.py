"""Which weights does a constructor set to zero, and fill with something else afterwards?"""

from __future__ import annotations

import inspect
import linecache
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from residua.check.experiments.again import made_again
from residua.check.run.forward import untouched_world
from residua.check.run.trial import Trial

_SETS_TO_ZERO = re.compile(r"zeros?_\(|constant_\([^()]*,\s*0(\.0*)?\)|fill_\(0(\.0*)?\)")
_FILLS = re.compile(r"^(kaiming|xavier|trunc)_\w+_$|^(normal|uniform|orthogonal|ones|zeros|constant|fill|zero)_$")
_WEIGHTS = ("weight", "gamma", "scale", "alpha")  # of one axis; a bias may well get its value in two steps
_ASKS = re.compile(r"zero|init", re.I)


@dataclass(frozen=True)
class Undone:
    """A parameter that was set to zero in one line, and got other values in another; given: the argument that asks."""

    name: str
    zeroed: int
    file: str
    line: int
    given: str


@dataclass(frozen=True)
class _Filled:
    tensor: Tensor  # held, so that no other tensor gets its memory meanwhile
    to_zero: bool
    file: str
    line: int


def undone_zeros(trial: Trial, files: frozenset[str]) -> Iterator[Undone]:
    """Yield the weights of the trial's module, made anew, that the user's code set to zero to no effect.

    Flags that ask for such a start, as zero_init_residual, are off by default: each is tried.
    """
    if not any(_SETS_TO_ZERO.search("".join(linecache.getlines(file))) for file in files):
        return
    for changes in ({}, *_flags(trial)):
        noting = _Noting(files)
        with untouched_world(), noting:
            module = made_again(trial, changes)
        found = list(_undone(module, noting.filled, changes)) if module is not None else []
        if found:
            yield from found
            return


def _flags(trial: Trial) -> list[dict[str, bool]]:
    try:
        parameters = inspect.signature(type(trial.module)).parameters.values()
    except (TypeError, ValueError):
        return []
    return [{each.name: True} for each in parameters if each.default is False and _ASKS.search(each.name)]


class _Noting(TorchFunctionMode):
    """Notes every call that fills a whole tensor, and from which line of the user's it came."""

    def __init__(self, files: frozenset[str]) -> None:
        super().__init__()
        self.files, self.filled = files, list[_Filled]()

    def __torch_function__(self, func: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        result, given = func(*args, **(kwargs or {})), [*args, *(kwargs or {}).values(), None]
        name, tensor = getattr(func, "__name__", ""), given[0]
        if _FILLS.match(name) and isinstance(tensor, Tensor):
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename not in self.files:
                frame = frame.f_back
            if frame is not None:
                to_zero = "zero" in name or (name in ("constant_", "fill_") and given[1] == 0)
                self.filled.append(_Filled(tensor, to_zero, frame.f_code.co_filename, frame.f_lineno))
        return result


def _undone(module: nn.Module, filled: list[_Filled], changes: dict[str, bool]) -> Iterator[Undone]:
    given = ", ".join(f"{name}={value}" for name, value in changes.items())
    for name, parameter in module.named_parameters():
        if parameter.dim() < 2 and name.rpartition(".")[2] not in _WEIGHTS:
            continue
        own = [each for each in filled if _is_whole(each.tensor, parameter)]
        zeroed = [at for at, each in enumerate(own) if each.to_zero]
        last = own[-1] if own else None
        if zeroed and last is not None and not last.to_zero and bool(parameter.any()):
            yield Undone(name, own[zeroed[-1]].line, last.file, last.line, given)


def _is_whole(tensor: Tensor, parameter: nn.Parameter) -> bool:
    return tensor.data_ptr() == parameter.data_ptr() and tensor.shape == parameter.shape
