"""How is a file opened that somebody else has made: one that may be a pipe, a device, or far more than it says?"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from typing import BinaryIO

from residua.errors import ResiduaError

MOST_GROWTH = 32  # bytes that a compressed byte may become; those of MNIST become 5, of Fashion-MNIST 2
MOST_TEXT = 64 * 2**20  # bytes of a list of names, an index or a configuration; ImageNet-21k's names take 1 MB
LEAST_ROOM = 64 * 2**20  # bytes that any compressed file may become, as small ones that hold one value do


def open_regular(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> BinaryIO:
    """Open a regular file to read its bytes; a folder, pipe or device is refused instead of waited for.

    Raises `raises`, in one line.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:  # ValueError: the name holds a NUL
        raise raises(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise raises(f"{path} is not a regular file (a folder, pipe or device).")
    return open(descriptor, "rb")


def read_regular(
    path: str | os.PathLike[str], most_bytes: int | None = None, raises: type[ResiduaError] = ResiduaError
) -> bytes:
    """Return the bytes of a regular file. Raises `raises` for one of more than `most_bytes`, before it is read."""
    with open_regular(path, raises) as file:
        size = os.fstat(file.fileno()).st_size
        if most_bytes is not None and size > most_bytes:
            raise raises(f"{path} has {size:,} bytes; at most {most_bytes:,} were expected.")
        try:
            return file.read()
        except OSError as error:
            raise raises(f"{path} cannot be read: {error.strerror or error}.") from None


def read_text(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> str:
    """Return the text of a small regular file in UTF-8. Raises `raises`."""
    try:
        return read_regular(path, MOST_TEXT, raises).decode()
    except UnicodeDecodeError as error:
        raise raises(f"{path} is not UTF-8 ({error}).") from None


def gunzip(path: str | os.PathLike[str], raises: type[ResiduaError] = ResiduaError) -> bytes:
    """Return what a gzip file holds: at most MOST_GROWTH times its own size, or LEAST_ROOM. Raises `raises`."""
    with open_regular(path, raises) as file:
        most = max(LEAST_ROOM, MOST_GROWTH * os.fstat(file.fileno()).st_size)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                data = unpacked.read(most + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise raises(f"{path} is damaged or truncated: {str(error) or type(error).__name__}.") from None
    if len(data) > most:
        raise raises(f"{path} unpacks to more than {most:,} bytes, {MOST_GROWTH} times its size; refused unread.")
    return data
