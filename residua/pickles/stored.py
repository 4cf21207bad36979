"""What is a tensor in a file, before anything of it has been read?"""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from residua.errors import WeightsError
from residua.reading import open_regular

Array = np.ndarray[Any, np.dtype[Any]]

# name → (numpy's type of the stored bytes); bfloat16 is the upper half of a float32, which numpy does not know
STORED_AS: dict[str, str] = {
    "float64": "<f8",
    "float32": "<f4",
    "float16": "<f2",
    "bfloat16": "<u2",
    "int64": "<i8",
    "int32": "<i4",
    "int16": "<i2",
    "int8": "<i1",
    "uint8": "<u1",
    "bool": "?",
}
MOST_DIMENSIONS = 64  # of an array, in numpy
HALVES = ("float16", "bfloat16")
SCAN_ELEMENTS = 1 << 20  # checked at a time, so that scanning needs little memory


TINY = float(np.finfo(np.float32).tiny)  # 1.2e-38: below it a CPU computes about ten times as slowly


@dataclass(frozen=True)
class Scan:
    """What a look at every value of a tensor shows."""

    finite: bool
    subnormal: int


@dataclass(frozen=True, eq=False)  # two tensors of one shape are two tensors, among keys too
class Stored:
    """A tensor in a file: shape, type, and how to read its values when they are needed.

    `array()` gives them as numpy does; halves are upcast to float32. The memory may be the file's own.
    """

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array] = field(repr=False)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @cached_property  # every pass over the names of a file asks for it
    def floating(self) -> bool:
        """True for numbers that can be weights."""
        return "float" in self.dtype

    def array(self) -> Array:
        """Return the values, shape `shape`; float16 and bfloat16 become float32."""
        raw = self.read()
        if self.dtype == "bfloat16" and raw.dtype == np.uint16:
            return (raw.astype(np.uint32) << 16).view(np.float32).reshape(self.shape)
        if self.dtype == "float16":
            return raw.astype(np.float32).reshape(self.shape)
        return raw.reshape(self.shape)

    def scan(self) -> Scan:
        """Return whether no value is NaN or infinite, and how many are subnormal; a few MB of memory at a time."""
        if not self.floating or self.size == 0:
            return Scan(True, 0)
        raw = self.read().reshape(-1)
        subnormal = 0
        for start in range(0, raw.size, SCAN_ELEMENTS):
            part = raw[start : start + SCAN_ELEMENTS]
            if self.dtype == "bfloat16" and part.dtype == np.uint16:
                finite = not bool(((part & 0x7F80) == 0x7F80).any())
            else:
                finite = bool(np.isfinite(part).all())
            if not finite:
                return Scan(False, subnormal)
            if part.dtype == np.float32:
                subnormal += int(np.count_nonzero(np.abs(part) < TINY) - np.count_nonzero(part == 0))
        return Scan(True, subnormal)

    def finite(self) -> bool:
        """Return whether no value is NaN or infinite."""
        return self.scan().finite

    def mapped(self, shape: Sequence[int], change: Callable[[Array], Array]) -> Stored:
        """Return the tensor that `change` makes of this one; `shape` is what it will have."""
        return Stored(tuple(shape), "float32" if self.dtype in HALVES else self.dtype, lambda: change(self.array()))


def of_array(array: Array) -> Stored:
    """Return an array in memory as a stored tensor."""
    return Stored(tuple(array.shape), str(array.dtype), lambda: array)


def map_file(path: Path) -> Array:
    """Return the bytes of a file as a copy-on-write memory map, (size,) uint8; nothing is read yet.

    The map does not count as memory of the process until it is touched, and the file is never changed through it.
    """
    try:
        with open_regular(path, WeightsError) as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        return np.frombuffer(mapped, np.uint8)
    except WeightsError:
        raise
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} could not be read: {error}") from None


def strided(buffer: Array, dtype: str, offset: int, shape: Sequence[int], strides: Sequence[int]) -> Stored:
    """Return a tensor that lies in `buffer` (bytes) `offset` elements from its start, strides counted in elements.

    Raises ValueError when it would reach outside the buffer, or claims more elements than that holds.
    """
    if dtype not in STORED_AS:
        raise ValueError(f"tensors of type {dtype} are not weights that residua can read")
    kind = np.dtype(STORED_AS[dtype])
    elements = buffer.size // kind.itemsize
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"a tensor of {len(shape)} dimensions cannot be; arrays have at most {MOST_DIMENSIONS}")
    numbers = [offset, *shape, *strides]
    if any(type(number) is not int or number < 0 for number in numbers) or len(shape) != len(strides):
        raise ValueError(f"a tensor of shape {tuple(shape)} with strides {tuple(strides)} cannot be")
    size = math.prod(shape)
    last = offset + sum((length - 1) * step for length, step in zip(shape, strides, strict=True))
    if size and (last >= elements or size > elements):
        raise ValueError(f"a tensor of shape {tuple(shape)} reaches outside its {elements} stored elements")

    def read() -> Array:
        flat = buffer[: elements * kind.itemsize].view(kind)
        in_bytes = [step * kind.itemsize for step in strides]
        return np.lib.stride_tricks.as_strided(flat[offset:], tuple(shape), in_bytes) if size else flat[:0]

    return Stored(tuple(shape), dtype, read)


def contiguous(buffer: Array, dtype: str, shape: Sequence[int]) -> Stored:
    """Return the tensor whose values fill `buffer` from its start in row order."""
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"a tensor of {len(shape)} dimensions cannot be; arrays have at most {MOST_DIMENSIONS}")
    strides: list[int] = []
    step = 1
    for length in reversed(shape):
        strides.insert(0, step)
        step *= max(length, 1)
    return strided(buffer, dtype, 0, shape, strides)
