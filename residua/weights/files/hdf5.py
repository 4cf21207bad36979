"""What is in an HDF5 file? Read in a process of its own: in a damaged one its library may crash, or loop for ever.

The other process sends one line of JSON, which names the arrays, and then their bytes; both are data of a stranger too.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from residua.errors import WeightsError
from residua.extras import require
from residua.pickles.stored import STORED_AS, Stored, contiguous
from residua.reading import Unpacked
from residua.text import one_line
from residua.version import command

LARGEST_ATTRIBUTE = 16 * 2**20  # bytes of a description or a list of names; ResNet-152's takes 0.2 MB
DEEPEST = 12  # groups within groups
MOST_ARRAYS = 100_000
OPTIMIZERS = ("optimizer_weights", "optimizer")
LEAST_SECONDS = 3  # of processor time that reading may take
BYTES_A_SECOND = 20 * 2**20  # that a slow machine unpacks, where that is more
CHILD = "from residua.weights.files import hdf5; hdf5.serve({what!r}, {size})"


@dataclass(frozen=True)
class Content:
    """What an HDF5 file holds: tensors by the names that lead to them, a network's description, its layers' names."""

    tensors: dict[tuple[str, ...], Stored]
    config: str | None
    layers: tuple[str, ...]


def read_hdf5(path: Path, size: int, within: bytes | None = None) -> Content:
    """Return what an HDF5 file of `size` bytes holds, or the one whose bytes `within` another file are given.

    Raises WeightsError when it is damaged, MissingExtra without h5py.
    """
    require("h5py")
    code = CHILD.format(what="" if within is not None else str(path), size=size)
    done = subprocess.run(
        command(code), input=within, stdin=None if within is not None else subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        words = one_line(done.stderr.decode("utf-8", "replace").rpartition("\nrefused: ")[2], 200)
        said = words if b"\nrefused: " in done.stderr else "its reader came to no end with it"
        raise WeightsError(f"{path} is a damaged or truncated HDF5 file ({said}); fetch it again")
    line, _, body = done.stdout.partition(b"\n")
    try:
        return _content(json.loads(line), np.frombuffer(body, np.uint8))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WeightsError(f"{path} is a damaged HDF5 file ({one_line(error, 100)}); fetch it again") from None


def _content(document: Any, body: np.ndarray[Any, Any]) -> Content:
    tensors, at = {}, 0
    for keys, shape, dtype in document["arrays"]:
        length = math.prod(shape) * np.dtype(STORED_AS[dtype]).itemsize
        tensors[tuple(map(str, keys))] = contiguous(body[at : at + length], dtype, shape)
        at += length
    return Content(tensors, document["config"], tuple(map(str, document["layers"])))


def serve(path: str, size: int) -> None:
    """Read an HDF5 file, that of stdin where `path` is empty, and write what it holds to stdout.

    Ends with 1 and a line on stderr where it cannot be read, and by a signal where it takes too long or too much.
    """
    _limit(size)
    out = sys.stdout.buffer
    try:
        _send(require("h5py").File(path or io.BytesIO(sys.stdin.buffer.read()), "r"), size, out)
        out.flush()
    except Exception as error:
        print(f"\nrefused: {one_line(error, 200) or type(error).__name__}", file=sys.stderr)
        sys.exit(1)


def _limit(size: int) -> None:
    """Let this process take the time and the memory that a file of `size` bytes needs."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        seconds = int(LEAST_SECONDS + size / BYTES_A_SECOND)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        most = Unpacked("", size).most + 2**30
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(file: Any, size: int, out: BinaryIO) -> None:
    root = _child(file, "model_weights") or file
    found = list(_walk(root))
    budget = Unpacked("it", size)
    for _, dataset in found:
        _require_plain(dataset, budget)
    arrays = [(keys, list(dataset.shape), _dtype(dataset)) for keys, dataset in found]
    document = {"arrays": arrays, "config": _words(file, "model_config"), "layers": _names(root, "layer_names")}
    out.write(json.dumps(document).encode() + b"\n")
    for _, dataset in found:
        out.write(np.ascontiguousarray(dataset[()]).astype(STORED_AS[_dtype(dataset)], copy=False).tobytes())


def _walk(group: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (names that lead there, array) for every array but an optimizer's, following no link out of the file."""
    h5py = require("h5py")
    trail: deque[tuple[tuple[str, ...], Any, int]] = deque([((), group, 0)])
    seen = {h5py.h5o.get_info(group.id).addr}
    count = 0
    while trail:
        keys, node, depth = trail.popleft()
        for name in node:
            child = _child(node, name) if depth <= DEEPEST and name not in OPTIMIZERS else None
            if isinstance(child, h5py.Group):
                if (address := h5py.h5o.get_info(child.id).addr) in seen:
                    continue  # a group under two names, or within itself
                seen.add(address)
                trail.append(((*_named_by_layer(keys, name, child), name), child, depth + 1))
            elif isinstance(child, h5py.Dataset) and child.dtype.kind in "fiub":
                yield (*keys, name), child
                count += 1
                if count > MOST_ARRAYS:
                    raise ValueError(f"more than {MOST_ARRAYS:,} arrays")


def _child(group: Any, name: str) -> Any:
    """Return what `name` is in `group`, or None where it is a link: those may lead to other files."""
    link = group.get(name, getlink=True)
    return group[name] if isinstance(link, require("h5py").HardLink) else None


def _named_by_layer(keys: tuple[str, ...], name: str, group: Any) -> tuple[str, ...]:
    """Return the names that lead to `group`, a layer by its own name where Keras 3 keeps that beside its class's."""
    own = _words(group, "name") if name == "vars" and keys else None
    return (*keys[:-1], own) if own and len(own) < 200 else keys


def _require_plain(dataset: Any, budget: Unpacked) -> None:
    """Raise an error for an array that lies in another file, is larger than its file can hold, or of unknown type."""
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{dataset.name} lies in another file; refused")
    if _dtype(dataset) not in STORED_AS:
        raise ValueError(f"{dataset.name} is of type {dataset.dtype}")
    wide = dataset.dtype.itemsize
    budget.take(max(math.prod(dataset.shape), math.prod(dataset.chunks or (0,))) * wide)


def _dtype(dataset: Any) -> str:
    return str(dataset.dtype.newbyteorder("="))


def _attribute(node: Any, name: str) -> Any:
    """Return an attribute, None where there is none or it is larger than LARGEST_ATTRIBUTE."""
    if name not in node.attrs:
        return None
    about = require("h5py").h5a.open(node.id, name.encode())
    return node.attrs[name] if about.get_storage_size() <= LARGEST_ATTRIBUTE else None


def _words(node: Any, name: str) -> str | None:
    value = _attribute(node, name)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text if isinstance(text, str) and len(text) <= LARGEST_ATTRIBUTE else None


def _names(node: Any, name: str) -> list[str]:
    value = _attribute(node, name)
    listed = value.tolist() if isinstance(value, np.ndarray) else []
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in listed]
