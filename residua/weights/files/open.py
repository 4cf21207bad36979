"""What kind of file is this, and which tensors does it hold? Decided by content, not by the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError, WeightsError
from residua.pickles.machine import LARGEST_WITH_TENSORS, Source, read_pickle
from residua.pickles.stored import map_file
from residua.reading import open_regular, read_json
from residua.weights.files.keras_h5 import open_h5, open_keras
from residua.weights.files.native import LARGEST_HEADER, open_safetensors
from residua.weights.files.npz import open_npz
from residua.weights.files.onnx_graph import open_onnx
from residua.weights.files.opened import Opened
from residua.weights.files.refused import known_by_guess, known_by_head, require_regular
from residua.weights.files.torch_legacy import LEGACY_MAGIC, read_legacy, read_storage
from residua.weights.files.torch_zip import Archive, program_of, read_exported, read_zip

PLAIN_GLOBAL = re.compile(rb"c[\w.]+\r?\n[\w.]+\r?\n")  # how a pickle of protocol 0 or 1 begins with a class
OF_OBJECTS = re.compile(rb"'descr': '[|<>]?O'")  # in the header of an array of Python objects
INDEX = ".index.json"
SHARD = re.compile(r"-\d{5}-of-(?P<of>\d{5})(?=\.)")
HEAD = 512  # bytes; a tar file says in byte 257 that it is one
KINDS = "a PyTorch, safetensors, NumPy, Keras or ONNX file"


def open_checkpoint(path: Path) -> Opened:
    """Return what a file holds, or all shards together where an index or one of its shards is named."""
    index = path if path.name.endswith(INDEX) else _index_beside(path)
    return open_file(path) if index is None else _open_sharded(index)


def _index_beside(path: Path) -> Path | None:
    """Return the index of which a file is one of several shards. Raises WeightsError where it is missing."""
    for index in sorted(path.parent.glob(f"*{INDEX}")):
        try:
            shards = set(read_json(index)["weight_map"].values())
        except (ResiduaError, KeyError, TypeError, AttributeError):
            continue
        if path.name in shards and len(shards) > 1:
            return index
    part = SHARD.search(path.name)
    if part is None or int(part["of"]) < 2 or not path.is_file():
        return None
    index = path.with_name(f"{path.name[: part.start()]}{path.suffix}{INDEX}")
    raise WeightsError(
        f"{path} is one of {int(part['of'])} shards, and {index.name}, which says where the other tensors are, is not "
        "beside it; fetch that and all shards, and name it"
    )


def open_file(path: Path) -> Opened:
    """Return what `path` holds, without running anything of it and without importing torch.

    Raises WeightsError in one line when it is missing, empty, damaged, unsafe, or not a checkpoint.
    """
    require_regular(path)
    try:
        with open_regular(path, WeightsError) as file:
            head = file.read(HEAD)
    except OSError as error:
        raise WeightsError(f"{path} could not be read: {error.strerror or error}") from None
    if not head:
        raise WeightsError(f"{path} is empty (0 bytes); fetch it again")
    if not head.strip(b"\0"):
        raise WeightsError(f"{path} begins with zeros only: not {KINDS}; it was not written to its end")
    if (known := known_by_head(path, head)) is not None:
        raise known
    for begins, opener in OPENERS:
        if begins(head):
            return opener(path)
    if (known := known_by_guess(path, head)) is not None:
        raise known
    raise WeightsError(f"{path} is not {KINDS}: it begins with {head[:8].hex(' ')}")


def _open_zip(path: Path) -> Opened:
    archive = Archive(path)
    if archive.has("data.pkl"):
        return Opened(path, *read_zip(archive), declared=program_of(archive))
    if archive.has("data/weights/model_weights_config.json") or archive.has("serialized_state_dict.pt"):
        return Opened(path, "torch.export", read_exported(archive), declared=program_of(archive))
    if "model.weights.h5" in archive.entries:
        return open_keras(archive)
    if archive.entries and all(name.endswith(".npy") for name in archive.entries):
        return open_npz(archive)
    shown = ", ".join(list(archive.entries)[:3]) or "nothing"
    raise WeightsError(
        f"{path} is a zip file but not a checkpoint: it holds {shown}; unpack it, or name the file in it"
    )


def _open_legacy(path: Path) -> Opened:
    return Opened(path, "PyTorch legacy", read_legacy(path))


def _open_pickle(path: Path) -> Opened:
    return Opened(path, "pickle", _read_bare(path, map_file(path)[: LARGEST_WITH_TENSORS + 1].tobytes()))


def _read_bare(path: Path, data: bytes) -> Any:
    """Return the object of a pickle that holds its tensors itself."""

    def storage(pid: Any) -> Any:
        raise ValueError("a tensor outside of a torch file")

    source = Source(str(path), storage, partial(read_storage, what=str(path)), largest=LARGEST_WITH_TENSORS)
    return read_pickle(data, source)[0]


def _open_npy(path: Path) -> Opened:
    """Return the dictionary or list that numpy.save pickled behind its header; numbers alone are a WeightsError."""
    data = map_file(path)
    wide = 2 if data[6:7].tobytes() == b"\x01" else 4  # bytes of the header's length, by the format's version
    start = 8 + wide + int.from_bytes(data[8 : 8 + wide].tobytes(), "little")
    if not OF_OBJECTS.search(data[:start].tobytes()):
        raise WeightsError(f"{path} is one array, not a checkpoint; save the arrays of a network as .npz")
    return Opened(path, "NumPy npy", _read_bare(path, data[start : start + LARGEST_WITH_TENSORS + 1].tobytes()))


def _is_safetensors(head: bytes) -> bool:
    length = int.from_bytes(head[:8], "little")
    return len(head) > 8 and 2 <= length <= LARGEST_HEADER and head[8:9] == b"{"


def _is_pickle(head: bytes) -> bool:
    if head[0] == 0x80 and len(head) > 1:
        return head[1] <= 5
    return head[:1] in b"(]}" or PLAIN_GLOBAL.match(head) is not None


# In order: the first that fits opens the file.
OPENERS: list[tuple[Callable[[bytes], bool], Callable[[Path], Opened]]] = [
    (lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")), _open_zip),
    (lambda head: head.startswith(LEGACY_MAGIC), _open_legacy),
    (lambda head: head.startswith(b"\x89HDF\r\n\x1a\n"), open_h5),
    (lambda head: head.startswith(b"\x93NUMPY"), _open_npy),
    (_is_safetensors, open_safetensors),
    (_is_pickle, _open_pickle),
    (lambda head: head[0] == 0x08 and len(head) > 8, open_onnx),
]


def _open_sharded(index: Path) -> Opened:
    """Return the tensors of a sharded checkpoint (`*.index.json`): each from the file that the index names.

    Raises WeightsError when the index is damaged, a shard is missing, or leads out of its folder.
    """
    document = read_json(index, WeightsError)
    try:
        shards = {name: index.parent / str(file) for name, file in document["weight_map"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{index} is not the index of a sharded checkpoint ({error!r})") from None
    opened: dict[Path, Opened] = {}
    found = {}
    for name, shard in shards.items():
        if shard.parent.resolve() != index.parent.resolve():
            raise WeightsError(f"{index} names {shard.name!r} outside its own folder")
        if shard not in opened:
            opened[shard] = open_file(shard)
        tree = opened[shard].tree
        if not isinstance(tree, dict) or name not in tree:
            raise WeightsError(f"{index}: {name!r} is not in {shard.name}; the shards are of different checkpoints")
        found[name] = tree[name]
    first = next(iter(opened.values()), None)
    if first is None:
        raise WeightsError(f"{index} names no tensors")
    kind = f"{first.format}, {len(opened)} shards"
    return Opened(index, kind, found, first.registered, metadata=first.metadata, shards=tuple(opened))
