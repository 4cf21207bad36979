"""What is in a zip file that torch wrote: `torch.save`, TorchScript, `torch.export`?"""

from __future__ import annotations

import json
import os
import re
import struct
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from residua.errors import WeightsError
from residua.pickles.allowed import Instance
from residua.pickles.machine import LARGEST_PICKLE, Source, read_pickle
from residua.pickles.stored import Array, Stored, contiguous, map_file, strided
from residua.reading import Unpacked, open_regular
from residua.weights.files.opened import Declared
from residua.weights.files.program.shown import PROGRAM, Program
from residua.weights.files.torch_legacy import ITEM_BYTES, Storage, class_id, read_storage, storage_id

MOST_ENTRIES = 100_000
LARGEST_DIRECTORY = 16 * 2**20  # bytes of the list of entries: 160 an entry, and torch's take 100
LONGEST_END = 2**16 + 200  # bytes behind the list of entries: a comment, and where it begins
DEEPEST_MODULE = 32  # modules within modules
CALLED = re.compile(rb"\b(?:torch|aten)\.(?!sigmoid)(\w+)\b(?=[(.])")  # a sigmoid may be a gate's, or the last
EXPORT_DTYPES = {  # torch.export's numbers for types
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64", 12: "bool",
    13: "bfloat16",
}  # fmt: skip


class Archive:
    """A zip file whose declared sizes are checked before anything is unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_regular(path, WeightsError) as file:
            size = os.fstat(file.fileno()).st_size
            directory = _directory_bytes(file, size)
        self.unpacked = Unpacked(path, size, WeightsError)
        if directory > LARGEST_DIRECTORY:
            raise WeightsError(f"{path} lists its entries in {directory:,} bytes; not a checkpoint")
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
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WeightsError(f"{self.path}: {name} is packed by method {info.compress_type}; pack it by deflate")
        if info.compress_type != zipfile.ZIP_STORED:
            self.unpacked.take(info.file_size)
        try:
            return self.zip.read(info)
        except Exception as error:
            raise WeightsError(f"{self.path} is damaged: {name} cannot be unpacked ({error}); fetch it again") from None

    def buffer(self, name: str, rooted: bool = True) -> Array:
        """Return an entry's bytes as (size,) uint8: where they lie in the file if they are not packed."""
        import numpy as np

        info = self.entries[self.root + name if rooted else name]
        if info.compress_type != zipfile.ZIP_STORED:
            return np.frombuffer(self.read(name, 2**40, rooted), np.uint8).copy()
        header = self.bytes[info.header_offset : info.header_offset + 30].tobytes()
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise WeightsError(f"{self.path} is damaged: {name} is not where the zip's directory says; fetch it again")
        start = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
        if start + info.file_size > self.bytes.size:
            raise WeightsError(f"{self.path} is truncated: {name} reaches past its end; fetch it again")
        return self.bytes[start : start + info.file_size]


def _directory_bytes(file: BinaryIO, size: int) -> int:
    """Return how many bytes the list of a zip's entries takes, as its end says; 0 where there is none."""
    file.seek(max(0, size - LONGEST_END))
    tail = file.read()
    end, wide = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    plain = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    return int.from_bytes(tail[wide + 40 : wide + 48], "little") if wide >= 0 and plain == 2**32 - 1 else plain


def read_zip(archive: Archive) -> tuple[str, Any]:
    """Return ("PyTorch" | "TorchScript", the object) of a zip that has a `data.pkl`.

    Raises WeightsError for damage, for big-endian files, and for any global that is not allowed.
    """
    path = archive.path
    if archive.has("byteorder") and archive.read("byteorder", 64).strip() == b"big":
        raise WeightsError(f"{path} holds big-endian numbers; save it again on a little-endian machine")
    scripted = archive.has("constants.pkl")
    tree = _unpickled(archive, "data", scripted)
    if not scripted:
        return "PyTorch zip", tree
    state = _as_state(tree)
    if any(len(tensor.shape) > 1 for tensor in state.values()):
        return "TorchScript", state
    return "TorchScript, frozen", _constants(_unpickled(archive, "constants", scripted))


def program_of(archive: Archive) -> dict[str, Declared]:
    """Return which functions the code of a TorchScript module, or the graph of an exported one, calls, as text."""
    operations: dict[str, str] = {}
    for name in archive.entries:
        if name.endswith(".py") or ("/models/" in f"/{name}" and name.endswith(".json")):
            text = archive.read(name, rooted=False)
            for word in dict.fromkeys(CALLED.findall(text)):
                operations.setdefault(f"{name.rpartition('/')[2]}: {word.decode()}", word.decode())
    return {PROGRAM: Declared(Program(operations=operations), "its code")} if operations else {}


def _unpickled(archive: Archive, name: str, scripted: bool) -> Any:
    """Return the object of the pickle `name`.pkl, whose storages lie in the folder `name`."""
    cache: dict[str, Array] = {}

    def storage(pid: Any) -> Any:
        if (kind := class_id(pid)) is not None:
            return kind
        dtype, key = storage_id(pid)
        if key not in cache:
            cache[key] = archive.buffer(f"{name}/{key}")
        return Storage(dtype, cache[key])

    what = str(archive.path)
    source = Source(what, storage, partial(read_storage, what=what), scripted)
    return read_pickle(archive.read(f"{name}.pkl"), source)[0]


def _constants(tree: Any) -> dict[str, Stored]:
    """Return the tensors of a frozen module: constants of its code, numbered as the code meets them."""
    held = tree if isinstance(tree, (tuple, list)) else ()
    return {f"c{number}": value for number, value in enumerate(held) if isinstance(value, Stored)}


def _as_state(tree: Any) -> dict[str, Stored]:
    """Return the state dict of a TorchScript module: its tensors under dotted names, each module once."""
    found: dict[str, Stored] = {}
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
