"""What is in a file that `torch.save` wrote before version 1.6, and what is a storage in any of torch's files?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from residua.errors import WeightsError
from residua.pickles.allowed import Global, Instance
from residua.pickles.machine import LARGEST_PICKLE, STORAGES, Budget, Source, read_pickle
from residua.pickles.stored import STORED_AS, Array, Stored, map_file, strided

LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
FIRST_LOOK = 2**20  # bytes; the pickle of nearly every network is shorter
ITEM_BYTES = {name: int(code[-1]) if code[-1].isdigit() else 1 for name, code in STORED_AS.items()}
# Storages whose numbers are no weights that residua reads, and the bytes of each of these numbers.
OTHER_STORAGES = {
    "ComplexDoubleStorage": 16, "ComplexFloatStorage": 8, "QInt32Storage": 4, "QInt8Storage": 1, "QUInt8Storage": 1,
    "QUInt4x2Storage": 1, "QUInt2x4Storage": 1,
}  # fmt: skip


class Storage:
    """A block of bytes of the file under one of torch's element types."""

    def __init__(self, dtype: str, buffer: Array | None, shift: int = 0) -> None:
        self.dtype, self.buffer, self.shift = dtype, buffer, shift

    def tensor(self, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Stored | Instance:
        """Return the tensor that lies in it; the legacy format fills `buffer` only after the pickle is read."""
        if self.dtype in OTHER_STORAGES:
            return Instance(f"a tensor of torch.{self.dtype}")
        if self.buffer is None:
            raise ValueError("a tensor before its storage")
        return strided(self.buffer, self.dtype, offset + self.shift, size, stride)


def class_id(pid: Any) -> Global | None:
    """Return the class that a persistent id names, beside which old files keep its source code; None for another id."""
    named = isinstance(pid, tuple) and len(pid) > 1 and pid[0] == "module" and isinstance(pid[1], Global)
    return pid[1] if named else None


def storage_id(pid: Any) -> tuple[str, str]:
    """Return (element type, key) of a persistent id of torch's."""
    if not isinstance(pid, tuple) or len(pid) < 3 or pid[0] != "storage" or not isinstance(pid[1], Global):
        raise ValueError("a persistent id that is not a storage")
    name = pid[1].name
    if type(pid[2]) not in (str, int) or name not in (*STORAGES, *OTHER_STORAGES):
        raise ValueError(f"a storage of type {name}")
    return STORAGES.get(name, name), str(pid[2])


def read_legacy(path: Path) -> Any:
    """Return the object of a file that `torch.save` wrote before version 1.6: five pickles, then the storages."""
    return _read_legacy(map_file(path), str(path), Budget())


def read_storage(content: bytes, budget: Budget, what: str) -> Any:
    """Return the storage that `pickle.dump` of a tensor keeps: a legacy file within the pickle of the file `what`.

    Raises ValueError when it is none; what acts is refused within it too.
    """
    if not content.startswith(LEGACY_MAGIC):
        raise ValueError("a tensor whose bytes are no torch file")
    return _read_legacy(np.frombuffer(content, np.uint8), what, budget)


def _read_legacy(buffer: Array, what: str, budget: Budget) -> Any:
    position = 0
    parts: list[Any] = []
    storages: dict[str, Storage] = {}
    counts: dict[str, int] = {}

    def storage(pid: Any) -> Any:
        if (kind := class_id(pid)) is not None:
            return kind
        dtype, key = storage_id(pid)
        counts[key] = int(pid[4])
        shift = int(pid[5][1]) if len(pid) > 5 and pid[5] is not None else 0
        known = storages.setdefault(key, _Late(dtype))
        return _Late(dtype, known, shift) if shift else known

    source = Source(what, storage)
    for _ in range(5):  # magic number, protocol, system, the object, the storages' keys
        part, used = _read_next(buffer[position:], source, budget)
        parts.append(part)
        position += used
    _, _, system, tree, keys = parts
    if isinstance(system, dict) and system.get("little_endian") is False:
        raise WeightsError(f"{what} holds big-endian numbers; save it again on a little-endian machine")
    if not isinstance(keys, list) or any(type(key) not in (str, int) for key in keys):
        raise WeightsError(f"{what} is damaged: its fifth pickle should list its storages; fetch it again")
    for key in keys:
        if str(key) not in storages:
            raise WeightsError(f"{what} is damaged: it names a storage that no tensor uses")
        kept = storages[str(key)]
        position += 8  # the number of elements, which the pickle holds too
        length = counts[str(key)] * (ITEM_BYTES | OTHER_STORAGES)[kept.dtype]
        if position + length > buffer.size:
            raise WeightsError(f"{what} is truncated: {position + length} bytes are needed and it has {buffer.size}")
        kept.buffer = buffer[position : position + length]
        position += length
    return tree


def _read_next(buffer: Array, source: Source, budget: Budget) -> tuple[Any, int]:
    """Return the pickle that `buffer` begins with and its length, looking at no more of the file than needed."""
    for window in (FIRST_LOOK, LARGEST_PICKLE):
        try:
            return read_pickle(buffer[:window].tobytes(), source, budget)
        except WeightsError:
            if window >= min(buffer.size, LARGEST_PICKLE):
                raise
    raise AssertionError("the last window is the largest")


class _Late(Storage):
    """A storage of the legacy format: tensors are described first, and its bytes come behind the pickle."""

    def __init__(self, dtype: str, base: Storage | None = None, shift: int = 0) -> None:
        super().__init__(dtype, None, shift)
        self.base = base

    def tensor(self, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Stored | Instance:
        if self.dtype in OTHER_STORAGES:
            return Instance(f"a tensor of torch.{self.dtype}")
        size, stride = tuple(size), tuple(stride)
        if any(type(length) is not int or length < 0 for length in (offset, *size, *stride)):
            raise ValueError(f"a tensor of shape {size}")

        def read() -> Array:
            buffer = (self.base or self).buffer
            if buffer is None:
                raise WeightsError("a tensor's storage is missing from the file; it is damaged")
            try:
                return strided(buffer, self.dtype, offset + self.shift, size, stride).read()
            except ValueError as error:
                raise WeightsError(f"a tensor is damaged: {error}") from None

        return Stored(size, self.dtype, read)
