"""What is in a file that torch wrote: `torch.save` (zip or legacy), TorchScript, `torch.export`?"""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from residua.errors import WeightsError
from residua.pickles.allowed import Instance
from residua.pickles.machine import LARGEST_PICKLE, STORAGES, Budget, Global, read_pickle
from residua.pickles.stored import STORED_AS, Array, Stored, contiguous, map_file, strided

LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
MOST_ENTRIES = 100_000
DEEPEST_MODULE = 32  # modules within modules
FIRST_LOOK = 2**20  # bytes; the pickle of nearly every network is shorter
LARGEST_RATIO = 200  # of unpacked to packed bytes; noise packs 1 : 1, real weights hardly better
ITEM_BYTES = {name: int(code[-1]) if code[-1].isdigit() else 1 for name, code in STORED_AS.items()}
EXPORT_DTYPES = {  # torch.export's numbers for types
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64", 12: "bool",
    13: "bfloat16",
}  # fmt: skip


class Storage:
    """A block of bytes of the file under one of torch's element types."""

    def __init__(self, dtype: str, buffer: Array | None, shift: int = 0) -> None:
        self.dtype, self.buffer, self.shift = dtype, buffer, shift

    def tensor(self, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Stored:
        """Return the tensor that lies in it; the legacy format fills `buffer` only after the pickle is read."""
        if self.buffer is None:
            raise ValueError("a tensor before its storage")
        return strided(self.buffer, self.dtype, offset + self.shift, size, stride)


class Archive:
    """A zip file whose declared sizes are checked before anything is unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
        # NotImplementedError: how zipfile refuses a version or a compression that it does not know
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, struct.error) as error:
            raise WeightsError(f"{path} is a damaged or truncated zip file ({error}); fetch it again") from None
        self.entries = {info.filename: info for info in self.zip.infolist()}
        if len(self.entries) > MOST_ENTRIES:
            raise WeightsError(f"{path} has {len(self.entries):,} entries; not a checkpoint")
        self.bytes = map_file(path)
        top = {name.partition("/")[0] for name in self.entries if "/" in name}
        self.root = f"{top.pop()}/" if len(top) == 1 else ""

    def has(self, name: str) -> bool:
        """Return whether `name` (below the archive's one top folder) is there."""
        return self.root + name in self.entries

    def size(self, name: str) -> int:
        """Return the declared unpacked size of an entry."""
        return self.entries[self.root + name].file_size

    def read(self, name: str, limit: int = LARGEST_PICKLE, rooted: bool = True) -> bytes:
        """Return an entry's bytes. Raises WeightsError when it declares more than `limit`, or is damaged.

        rooted: `name` is below the archive's one top folder.
        """
        info = self.entries[self.root + name if rooted else name]
        if info.file_size > limit:
            raise WeightsError(
                f"{self.path}: {name} would unpack to {info.file_size >> 20} MB; no checkpoint does that"
            )
        try:
            return self.zip.read(info)
        except Exception as error:
            raise WeightsError(f"{self.path} is damaged: {name} cannot be unpacked ({error}); fetch it again") from None

    def buffer(self, name: str, rooted: bool = True) -> Array:
        """Return an entry's bytes as (size,) uint8: where they lie in the file if they are not packed."""
        import numpy as np

        info = self.entries[self.root + name if rooted else name]
        if info.compress_type != zipfile.ZIP_STORED:
            if info.file_size > LARGEST_RATIO * info.compress_size + 2**20:
                raise WeightsError(
                    f"{self.path}: {name} would unpack to {info.file_size >> 20} MB from "
                    f"{info.compress_size} bytes; no checkpoint does that"
                )
            return np.frombuffer(self.read(name, 2**40, rooted), np.uint8).copy()
        header = self.bytes[info.header_offset : info.header_offset + 30].tobytes()
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise WeightsError(f"{self.path} is damaged: {name} is not where the zip's directory says; fetch it again")
        start = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
        if start + info.file_size > self.bytes.size:
            raise WeightsError(f"{self.path} is truncated: {name} reaches past its end; fetch it again")
        return self.bytes[start : start + info.file_size]


def read_zip(archive: Archive) -> tuple[str, Any]:
    """Return ("PyTorch" | "TorchScript", the object) of a zip that has a `data.pkl`.

    Raises WeightsError for damage, for big-endian files, and for any global that is not allowed.
    """
    path = archive.path
    if archive.has("byteorder") and archive.read("byteorder", 64).strip() == b"big":
        raise WeightsError(f"{path} holds big-endian numbers; save it again on a little-endian machine")
    scripted = archive.has("constants.pkl")
    folder = "data/"
    cache: dict[str, Array] = {}

    def storage(pid: Any) -> Storage:
        kind, key = _storage_id(pid)
        if key not in cache:
            cache[key] = archive.buffer(folder + key)
        return Storage(kind, cache[key])

    tree, _ = read_pickle(archive.read("data.pkl"), storage, str(path), scripted)
    return ("TorchScript", _as_state(tree)) if scripted else ("PyTorch zip", tree)


def _storage_id(pid: Any) -> tuple[str, str]:
    """Return (element type, key) of a persistent id of torch's."""
    if not isinstance(pid, tuple) or len(pid) < 3 or pid[0] != "storage" or not isinstance(pid[1], Global):
        raise ValueError("a persistent id that is not a storage")
    if type(pid[2]) not in (str, int) or pid[1].name not in STORAGES:
        raise ValueError(f"a storage of type {pid[1].name}")
    return STORAGES[pid[1].name], str(pid[2])


def _as_state(tree: Any) -> dict[str, Any]:
    """Return the state dict of a TorchScript module: its tensors under dotted names, each module once."""
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def visit(module: Any, prefix: str, depth: int) -> None:
        if not isinstance(module, Instance) or id(module) in seen or depth > DEEPEST_MODULE:
            return
        seen.add(id(module))
        for name, value in module.state.items():
            if isinstance(value, Stored):
                found[f"{prefix}{name}"] = value
            else:
                visit(value, f"{prefix}{name}.", depth + 1)

    visit(tree, "", 0)
    return found


def read_legacy(path: Path) -> Any:
    """Return the object of a file that `torch.save` wrote before version 1.6: five pickles, then the storages."""
    buffer = map_file(path)
    what, position = str(path), 0
    parts: list[Any] = []
    storages: dict[str, Storage] = {}
    counts: dict[str, int] = {}

    def storage(pid: Any) -> Storage:
        kind, key = _storage_id(pid)
        counts[key] = int(pid[4])
        shift = int(pid[5][1]) if len(pid) > 5 and pid[5] is not None else 0
        known = storages.setdefault(key, _Late(kind))
        return _Late(kind, known, shift) if shift else known

    budget = Budget()
    for _ in range(5):  # magic number, protocol, system, the object, the storages' keys
        part, used = _read_next(buffer[position:], storage, what, budget)
        parts.append(part)
        position += used
    _, _, system, tree, keys = parts
    if isinstance(system, dict) and system.get("little_endian") is False:
        raise WeightsError(f"{path} holds big-endian numbers; save it again on a little-endian machine")
    if not isinstance(keys, list) or any(type(key) not in (str, int) for key in keys):
        raise WeightsError(f"{path} is damaged: its fifth pickle should list its storages; fetch it again")
    for key in keys:
        if str(key) not in storages:
            raise WeightsError(f"{path} is damaged: it names a storage that no tensor uses")
        kept = storages[str(key)]
        position += 8  # the number of elements, which the pickle holds too
        length = counts[str(key)] * ITEM_BYTES[kept.dtype]
        if position + length > buffer.size:
            raise WeightsError(f"{path} is truncated: {position + length} bytes are needed and it has {buffer.size}")
        kept.buffer = buffer[position : position + length]
        position += length
    return tree


def _read_next(buffer: Array, storage: Callable[[Any], Any], what: str, budget: Budget) -> tuple[Any, int]:
    """Return the pickle that `buffer` begins with and its length, looking at no more of the file than needed."""
    for window in (FIRST_LOOK, LARGEST_PICKLE):
        try:
            return read_pickle(buffer[:window].tobytes(), storage, what, budget=budget)
        except WeightsError:
            if window >= min(buffer.size, LARGEST_PICKLE):
                raise
    raise AssertionError("the last window is the largest")


class _Late(Storage):
    """A storage of the legacy format: tensors are described first, and its bytes come behind the pickle."""

    def __init__(self, dtype: str, base: Storage | None = None, shift: int = 0) -> None:
        super().__init__(dtype, None, shift)
        self.base = base

    def tensor(self, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Stored:
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


def read_exported(archive: Archive) -> dict[str, Any]:
    """Return the state dict of a `torch.export` archive (.pt2). Raises WeightsError when it is damaged."""
    if archive.has("serialized_state_dict.pt"):  # up to torch 2.8: a zip in the zip
        raise WeightsError(f"{archive.path} is a torch.export archive of an old kind; save its state dict instead")
    found: dict[str, Any] = {}
    try:
        listing = json.loads(archive.read("data/weights/model_weights_config.json"))["config"]
        for name, entry in listing.items():
            if entry.get("use_pickle"):
                continue
            about = entry["tensor_meta"]
            shape = [int(length["as_int"]) for length in about["sizes"]]
            stride = [int(step["as_int"]) for step in about["strides"]]
            dtype = EXPORT_DTYPES.get(about["dtype"], f"number {about['dtype']}")
            buffer = archive.buffer(f"data/weights/{entry['path_name']}")
            contiguous(buffer, dtype, [buffer.size // ITEM_BYTES.get(dtype, 1)])  # the type is one that can be read
            found[str(name)] = strided(buffer, dtype, int(about["storage_offset"]["as_int"]), shape, stride)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{archive.path} is a damaged torch.export archive ({error!r})") from None
    return found
