"""What is in an .npz file (BiT, Caffe2)?"""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

import numpy as np

from residua.errors import WeightsError
from residua.pickles.stored import Stored, of_array
from residua.weights.files.opened import Opened
from residua.weights.files.torch_zip import Archive

UNNAMED = re.compile(r"arr_\d+")


def open_npz(archive: Archive) -> Opened:
    """Return the arrays of an .npz file, read without pickle.

    Kernels are (H, W, in, out) when the names are TensorFlow's. Raises WeightsError for damage or Python objects.
    """
    found = {}
    for name in archive.entries:
        found[name.removesuffix(".npy")] = _array(archive, name)
    tensorflow = any("kernel" in name.rpartition("/")[2] for name in found)
    listed = all(UNNAMED.fullmatch(name) for name in found)  # numpy.savez(path, *arrays) keeps their order
    if listed:
        found = dict(sorted(found.items(), key=lambda item: int(item[0].partition("_")[2])))
    return Opened(archive.path, "NumPy npz", found, registered=listed, hwio=tensorflow)


def _array(archive: Archive, name: str) -> Stored:
    buffer = archive.buffer(name, rooted=False)
    if zlib.crc32(buffer.data) != archive.entries[name].CRC:
        raise WeightsError(f"{archive.path} is damaged: {name} does not have the checksum (CRC-32) that the file says")
    try:
        head = io.BytesIO(buffer[: 1 << 16].tobytes())
        version = np.lib.format.read_magic(head)
        reader: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, kind = reader(head)
        if kind.hasobject:
            raise WeightsError(f"{archive.path}: {name} holds Python objects, which only a pickle could read; refused")
        size = int(np.prod(shape, dtype=object)) if shape else 1
        raw = buffer[head.tell() :]
        if size < 0 or size * kind.itemsize > raw.size:
            raise ValueError(f"shape {shape} needs more than its {raw.size} bytes")
        array = raw[: size * kind.itemsize].view(kind).reshape(shape, order="F" if fortran else "C")
        return of_array(array.astype(kind.newbyteorder("="), copy=False))
    except WeightsError:
        raise
    except Exception as error:
        raise WeightsError(f"{archive.path}: {name} is not a whole array ({str(error)[:100]})") from None
