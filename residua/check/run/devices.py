"""What if code asks for a device that is not here: it gets the CPU, and the place is noted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from residua.record.recorder import frames_around
from residua.record.tape import Frame

_OTHERS = ("cuda", "mps", "xpu", "hip")
_TYPES = ("FloatTensor", "DoubleTensor", "HalfTensor", "LongTensor", "IntTensor", "BoolTensor", "ByteTensor")
NO_GPU = (
    "Torch not compiled with CUDA enabled", "Found no NVIDIA driver", "No CUDA GPUs are available",
    "Cannot re-initialize CUDA in forked subprocess",  # whoever forked has asked for a GPU before
)  # fmt: skip
_NOT_HERE = (
    *NO_GPU,
    "not linked with support for mps", "PyTorch is not linked with", "not compiled with XPU enabled",
    "Expected all tensors to be on the same device", "should be the same as weight type",
    "The MPS backend is supported on",
)  # fmt: skip

Noted = list[tuple[Frame, ...]]


def asks_for_a_device(error: str) -> bool:
    """Tell what torch says to code that asks for a device that is not here, or puts tensors on two."""
    return any(sign in error for sign in _NOT_HERE)


@contextmanager
def cpu_instead() -> Iterator[Noted]:
    """Give the CPU to code that asks for another device until the end of the block; yields the places that asked."""
    noted: Noted = []
    kept = {name: getattr(torch.cuda, name) for name in _TYPES if hasattr(torch.cuda, name)}
    for name in kept:
        setattr(torch.cuda, name, _Type(name, (), {"here": getattr(torch, name), "noted": noted}))
    try:
        with _CpuInstead(noted):
            yield noted
    finally:
        for name, value in kept.items():
            setattr(torch.cuda, name, value)


class _Type(type):
    """Stands for a type such as torch.cuda.FloatTensor, of which no tensor is."""

    here: Any
    noted: Noted

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        cls.noted.append(frames_around(sys._getframe(1)))
        return cls.here(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return False


class _CpuInstead(TorchFunctionMode):
    """Replaces the devices among the arguments of torch's functions."""

    def __init__(self, noted: Noted) -> None:
        super().__init__()
        self.noted = noted

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (Tensor.cuda, Tensor.xpu):
            self._note()
            return args[0]
        numbers = func is Tensor.to
        given = tuple(_here(each, numbers) for each in args)
        named = {name: _here(each, numbers or name == "device") for name, each in kwargs.items()}
        if any(new is not old for new, old in zip((*given, *named.values()), (*args, *kwargs.values()), strict=True)):
            self._note()
        return func(*given, **named)

    def _note(self) -> None:
        self.noted.append(frames_around(sys._getframe(2)))


def _here(value: Any, numbers: bool) -> Any:
    """Return the CPU for another device; numbers: an integer counts as the number of one."""
    if isinstance(value, torch.device):
        return value if value.type in ("cpu", "meta") else torch.device("cpu")
    if isinstance(value, str) and value.partition(":")[0] in _OTHERS:
        return "cpu"
    if numbers and type(value) is int:
        return "cpu"
    if isinstance(value, _Type):
        return value.here
    return value
