"""What stands for the globals that a pickle names, and which values may it hash or copy?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from residua.pickles.stored import MOST_DIMENSIONS, Stored, of_array

LARGEST_KEY = 2**60  # an integer among keys; larger ones can be made to collide
LONGEST_KEY = 16  # values of a tuple among keys


@dataclass(frozen=True)
class Global:
    """A class or function that the pickle names; it is not imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class Instance:
    """An inert stand-in for an object of a class that is not imported: a path, a Namespace, a pickled module.

    kind: the class or function that would have made it. given: its positional arguments, and what was appended to it.
    state: its attributes and its items by key.
    """

    kind: str
    given: list[Any] = field(default_factory=list)
    state: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class ArrayShell:
    """A numpy array or dtype whose content the BUILD opcode will bring; objects: an array of Python objects."""

    dtype: str = ""
    value: Stored | None = None
    objects: list[Any] | None = None


def require_key(key: Any) -> None:
    """Raise ValueError unless hashing `key` is cheap: a plain value, a stand-in, or a flat tuple of these."""
    values = key if type(key) is tuple else (key,)
    if len(values) > LONGEST_KEY or not all(_is_plain(value) for value in values):
        raise ValueError("a key or a member of a set that is no plain value")


def _is_plain(value: Any) -> bool:
    if type(value) is int:
        return -LARGEST_KEY < value < LARGEST_KEY
    return value is None or type(value) in (str, float, bool, bytes, Global, Instance, Stored, ArrayShell)


def _require_text(*values: Any) -> None:
    if not all(type(value) in (str, int) for value in values):
        raise ValueError("nested values where words are expected")


def _lengths(values: Any) -> tuple[int, ...]:
    """Return a shape or strides. Raises ValueError for anything but a few whole numbers."""
    few = isinstance(values, (tuple, list)) and len(values) <= MOST_DIMENSIONS
    if not few or any(type(value) is not int for value in values):
        raise ValueError(f"a shape that is not at most {MOST_DIMENSIONS} whole numbers")
    return tuple(values)


def _members(values: Any) -> list[Any]:
    members = list(values)
    for member in members:
        require_key(member)
    return members


def _device(*words: Any) -> str:
    _require_text(*words)
    return ":".join(map(str, words))


def _rebuild(storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Any:
    return storage.tensor(offset, _lengths(size), _lengths(stride))


def _mapping(*arguments: Any) -> dict[Any, Any]:
    given = arguments[-1] if arguments else ()
    if isinstance(given, (list, tuple)):
        for key, _ in given:
            require_key(key)
    return dict(given) if isinstance(given, (dict, list, tuple)) else {}


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1", "ascii", "utf-8"):
        raise ValueError("an encoding that is not text's")
    return text.encode(encoding)


def _dtype(code: str, *_: Any) -> ArrayShell:
    _require_text(code)
    kind = np.dtype(str(code).lstrip("<=|>"))
    if kind.kind == "O":
        return ArrayShell(dtype="O")
    if kind.hasobject:
        raise ValueError("an array with Python objects among its fields")
    return ArrayShell(dtype=kind.str.lstrip("<=|>"))


def _scalar(dtype: ArrayShell, raw: Any = None) -> Any:
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    return np.frombuffer(raw, np.dtype(dtype.dtype))[0].item() if raw and dtype.dtype else None


def fill(shell: ArrayShell, state: Any) -> None:
    """Give a dtype its byte order, or an array its content."""
    if shell.dtype:
        if state[1] == ">":
            shell.dtype = ">" + shell.dtype
        return
    _, shape, dtype, fortran, raw = state
    if isinstance(raw, list) and dtype.dtype == "O":
        shell.objects = raw
        return
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(raw, (bytes, bytearray)):
        raise ValueError("an array whose content is neither bytes nor objects")
    flat = np.frombuffer(raw, np.dtype(dtype.dtype))
    order = np.asarray(flat.reshape(_lengths(shape), order="F" if fortran else "C"))
    shell.value = of_array(order.astype(order.dtype.newbyteorder("="), copy=False))


# (module, name) → what stands for it; numpy moved its internals from numpy.core to numpy._core
HANDLERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("torch._utils", "_rebuild_tensor"): _rebuild,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
    ("torch._utils", "_rebuild_device_tensor_from_numpy"): lambda array, *_: array,
    ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
    ("torch._utils", "_rebuild_parameter_with_state"): lambda data, *_: data,
    ("torch.nn.parameter", "Parameter"): lambda data=None, *_: data,
    ("torch.nn.parameter", "Buffer"): lambda data=None, *_: data,
    ("torch", "Size"): lambda sizes=(), *_: tuple(sizes),
    ("torch", "device"): _device,
    ("torch.serialization", "_get_layout"): _device,  # a word: torch.sparse_coo
    ("collections", "OrderedDict"): _mapping,
    ("collections", "defaultdict"): lambda *_: {},
    ("collections", "Counter"): _mapping,
    ("collections", "deque"): lambda values=(), *_: list(values),
    ("builtins", "set"): lambda values=(): set(_members(values)),
    ("builtins", "frozenset"): lambda values=(): frozenset(_members(values)),
    ("builtins", "list"): lambda values=(): list(values),
    ("builtins", "tuple"): lambda values=(): tuple(values),
    ("builtins", "dict"): _mapping,
    ("builtins", "int"): lambda value=0: value,
    ("builtins", "float"): lambda value=0.0: value,
    ("builtins", "bool"): lambda value=False: value,
    ("builtins", "str"): lambda value="": value,
    ("builtins", "complex"): lambda real=0.0, imaginary=0.0: (real, imaginary),
    ("builtins", "bytearray"): lambda value=b"", *_: value,
    ("_codecs", "encode"): _encode,
    ("numpy", "ndarray"): lambda *_: ArrayShell(),
    ("numpy", "dtype"): _dtype,
}
HANDLERS |= {
    ("__builtin__", name): HANDLERS["builtins", name] for module, name in list(HANDLERS) if module == "builtins"
}
for _core in ("numpy.core.multiarray", "numpy._core.multiarray"):
    HANDLERS[_core, "_reconstruct"] = lambda *_: ArrayShell()
    HANDLERS[_core, "scalar"] = _scalar
for _core in ("numpy.core.numeric", "numpy._core.numeric"):
    HANDLERS[_core, "_frombuffer"] = lambda raw, dtype, shape, order="C": _filled(raw, dtype, shape, order)


HANDLERS["jax._src.array", "_reconstruct_array"] = lambda _made_by, _arguments, state, *_: _of_state(state)


def _of_state(state: Any) -> ArrayShell:
    shell = ArrayShell()
    fill(shell, state)
    return shell


def _filled(raw: Any, dtype: ArrayShell, shape: tuple[int, ...], order: str) -> ArrayShell:
    return _of_state((1, shape, dtype, order == "F", bytes(raw)))
