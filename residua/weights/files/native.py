"""How is a safetensors file read and written? Ours holds its spec and metadata beside the weights."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residua import files
from residua.errors import ResiduaError, WeightsError
from residua.metadata import KEY, Meta, from_json, to_json
from residua.pickles.stored import STORED_AS, Stored, contiguous, map_file
from residua.reading import open_regular
from residua.spec import ResNetSpec
from residua.weights.files.opened import Opened

if TYPE_CHECKING:
    from torch import Tensor, nn

    from residua.nn import ResNet
    from residua.nn.resnet import Construct

# Bounds of a header before it is parsed, which takes some hundred bytes of memory for a name: the format itself allows
# 100 MB. ResNet-1202 with Adam's state has 10,000 names in 1.2 MB; names of 21,841 classes take 0.6 MB.
LARGEST_HEADER = 16 * 2**20  # bytes
MOST_NAMES = 100_000
LONGEST_NAME = 1000  # characters
_LONG_NAME = re.compile(rb'"[^"\\]{%d,}"\s*:' % LONGEST_NAME)
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def save(
    path: str | os.PathLike[str], model_or_state_dict: nn.Module | Mapping[str, Tensor], spec: ResNetSpec, meta: Meta
) -> None:
    """Write weights, `spec` and `meta` as one safetensors file; a reader sees the old file or the new one whole.

    Raises WeightsError when the disk is full or the folder cannot be written; nothing half written stays behind.
    """
    held = model_or_state_dict
    tensors = held if isinstance(held, Mapping) else held.state_dict()
    unshared = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    write_tensors(path, unshared, {KEY: to_json(spec, meta, path)})


def write_tensors(path: str | os.PathLike[str], tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write contiguous tensors that share no memory as one safetensors file, whole or not at all.

    Raises WeightsError when the disk is full or the folder cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, metadata=metadata)
        except SafetensorError as error:  # its way to say that the system refused to write
            raise OSError(errno.ENOSPC if "os error 28" in str(error) else errno.EIO, str(error)) from None


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a file that takes the place of `path`, as `files.replacing` does; failing is a WeightsError."""
    try:
        with files.replacing(Path(path)) as temporary:
            yield temporary
    except WeightsError:
        raise
    except ResiduaError as error:
        raise WeightsError(f"{error}; nothing was changed") from None


def open_safetensors(path: Path) -> Opened:
    """Return the tensors and the metadata of a safetensors file, anybody's."""
    header = read_header(path)
    metadata = _require_words(path, header.pop("__metadata__", None))
    return Opened(path, "safetensors", _tensors(path, header), registered=False, metadata=metadata)


def _tensors(path: Path, header: dict[str, Any]) -> dict[str, Stored]:
    """Return the tensors of a safetensors file whose `header` has been read and checked."""
    buffer = map_file(path)
    start = 8 + int.from_bytes(buffer[:8].tobytes(), "little")
    found = {}
    for name, entry in header.items():
        try:
            begin, end = entry["data_offsets"]
            part = buffer[start + begin : start + end]
            tensor = contiguous(part, DTYPES.get(entry["dtype"], str(entry["dtype"])), entry["shape"])
        except (ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{path}: tensor {name!r} cannot be read ({error})") from None
        if math.prod(tensor.shape) * np.dtype(STORED_AS[tensor.dtype]).itemsize != end - begin:
            raise WeightsError(
                f"{path}: tensor {name!r} of shape {tensor.shape} has {end - begin} bytes; it is damaged"
            )
        found[name] = tensor
    return found


def read_meta(path: str | os.PathLike[str]) -> tuple[ResNetSpec, Meta]:
    """Return the spec and metadata of a residua checkpoint, reading its header only, without torch.

    Raises WeightsError when the file is damaged, or was not written by residua.
    """
    metadata = _require_words(path, read_header(path).get("__metadata__"))
    if KEY not in metadata:
        raise WeightsError(f"{path} was not written by residua: it has no spec; read it with residua.load()")
    return from_json(metadata[KEY], path)


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the JSON header of a safetensors file: {name: {"dtype", "shape", "data_offsets"}, "__metadata__"}.

    Only the header is read, without torch; sizes and offsets are checked against the file.
    Raises WeightsError for a file that is truncated, damaged, or not safetensors.
    """
    try:
        with open_regular(path, WeightsError) as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or not 2 <= length <= min(size - 8, LARGEST_HEADER):
                raise WeightsError(
                    f"{path} is not a safetensors file: {size} bytes, and its header would take {length}"
                    "; it is damaged, truncated, or of another format"
                )
            text = file.read(length)
        _require_few_names(text, path)
        header: dict[str, Any] = json.loads(text, object_pairs_hook=_once)
        _require_offsets(header, size - 8 - length)
    except OSError as error:
        raise WeightsError(f"{path} could not be read: {error.strerror or error}") from None
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path} is not a whole safetensors file: {error}; fetch or write it again") from None
    return header


def _require_few_names(text: bytes, path: str | os.PathLike[str]) -> None:
    """Raise WeightsError for a header of more than MOST_NAMES names, or of a name longer than LONGEST_NAME."""
    if text.count(b"{") > MOST_NAMES or text.count(b'":') > 4 * MOST_NAMES:
        raise WeightsError(f"{path} names more than {MOST_NAMES:,} tensors; not a checkpoint")
    if _LONG_NAME.search(text):
        raise WeightsError(f"{path} has a name of more than {LONGEST_NAME:,} characters; it is damaged")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError for a name that stands in it twice: readers take different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"{twice[:80]!r} stands in its header twice")
    return found


def _require_offsets(header: dict[str, Any], data_bytes: int) -> None:
    """Raise ValueError unless every tensor lies inside the file's data."""
    ends, spans = [0], []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start <= end):
            raise ValueError(f"tensor {name!r} has offsets {start} to {end}")
        ends.append(end)
        spans.append((start, end, name))
    for (_, before, one), (after, _, other) in pairwise(sorted(span for span in spans if span[1] > span[0])):
        if after < before:
            raise ValueError(f"tensors {one!r} and {other!r} overlap")
    if max(ends) != data_bytes:
        raise ValueError(f"its tensors need {max(ends)} bytes of data and it has {data_bytes}")


def _require_words(path: str | os.PathLike[str], metadata: Any) -> dict[str, str]:
    """Return the metadata of a safetensors file. Raises WeightsError unless they are words by name."""
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise WeightsError(
            f"{path}: its __metadata__ should hold words by name; it is damaged, fetch or write it again"
        )
    return metadata


def load_native(path: str | os.PathLike[str], construct: Construct | None = None) -> ResNet:
    """Return the network of a residua checkpoint in eval mode, with `.spec` and `.meta`.

    construct: what makes the network of a spec, if not ResNet. No weights are drawn first. Raises WeightsError when
    file and spec disagree.
    """
    spec, meta = read_meta(path)  # and the header is one that another reader may parse
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file: {error}") from None
    return assemble(spec, state, meta, str(path), construct)


def assemble(
    spec: ResNetSpec, state: Mapping[str, Tensor], meta: Meta, source: str, construct: Construct | None = None
) -> ResNet:
    """Return `spec`'s network in eval mode with the tensors of `state` in it (not copies), and `.meta`.

    Raises WeightsError naming the first tensor of `source` that is missing, unknown or of another shape.
    """
    import torch

    from residua.nn.resnet import ResNet

    with torch.device("meta"):
        model = (construct or ResNet)(spec)
    wanted = model.state_dict()
    for name, tensor in wanted.items():
        if name not in state:
            raise WeightsError(f"{source} has no tensor {name!r}, which its network ({spec}) needs")
        if state[name].shape != tensor.shape:
            raise WeightsError(
                f"{source}: {name} is {tuple(state[name].shape)} in the file, {tuple(tensor.shape)} in "
                f"its network ({spec})"
            )
    unknown = [name for name in state if name not in wanted]
    if unknown:
        raise WeightsError(f"{source} has {unknown[0]!r}, which its network ({spec}) does not")
    model.load_state_dict(dict(state), strict=True, assign=True)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    model.meta = meta
    return model.eval()
