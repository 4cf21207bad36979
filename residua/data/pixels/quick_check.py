"""Can this image be read, as far as its first and last bytes tell?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from residua.data.pixels.bounds import refuse_bomb
from residua.data.pixels.image import decode
from residua.errors import DataError
from residua.reading import open_regular
from residua.text import and_more, printable

Window = Callable[[int, int], bytes]  # the bytes of an encoded image from a start to a stop
_TABLES = (0xC4, 0xC8, 0xCC)  # the markers between SOF0 and SOF15 that begin no frame


def probe(path: Path) -> str | None:
    """Say what is wrong with an image file, or None; reads little of it, and all of it only in doubt."""
    try:
        with open_regular(path, DataError) as file:
            return probe_bytes(window_of(file), os.fstat(file.fileno()).st_size)
    except DataError as error:
        return str(error).removeprefix(f"{path} ").removeprefix("is ").strip(" .")
    except OSError as error:
        return error.strerror or str(error)


def probe_files(root: Path, files: Sequence[str]) -> dict[int, str]:
    """Return what is wrong with which of the files, by position."""
    with ThreadPoolExecutor(min(16, 4 * (os.cpu_count() or 1))) as pool:
        found = pool.map(lambda name: probe(root / name), files, chunksize=256)
        return {position: problem for position, problem in enumerate(found) if problem}


def probe_bytes(window: Window, length: int) -> str | None:
    """Say what is wrong with an encoded image of `length` bytes, or None.

    A JPEG or PNG with a beginning, an end and a size within the limit passes; everything else is decoded.
    """
    if not length:
        return "empty (0 bytes)"
    head, tail = window(0, 24), window(max(0, length - 1024), length)
    size = None
    if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        size = _jpeg_size(window, length)
    elif head.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in tail:
        size = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    try:
        if size is None:
            decode(window(0, length), "it")
        else:
            refuse_bomb(*size, "it")
    except DataError as error:
        return str(error).removeprefix("it ").removeprefix("is ").strip(" .") or "unreadable"
    return None


def window_of(file: BinaryIO, start: int = 0) -> Window:
    """Return a window onto an open file, counted from `start`."""

    def window(first: int, last: int) -> bytes:
        file.seek(start + first)
        return file.read(max(0, last - first))

    return window


def refuse_bad(problems: Sequence[tuple[str, str]], total: int, where: object, skip_bad: bool) -> None:
    """Raise a DataError that counts and names the images with problems, unless they are to be skipped."""
    if problems and not skip_bad:
        shown = and_more([f"{printable(name)} ({problem})" for name, problem in problems])
        raise DataError(
            f"{len(problems)} of {total} image files in {where} cannot be read: {shown}. "
            "Repair or remove them, or pass --skip-bad."
        )


def _jpeg_size(window: Window, length: int) -> tuple[int, int] | None:
    """Return width and height from the frame header, or None if the segments lead to none."""
    at = 2
    for _ in range(1000):  # far more segments than any camera writes
        part = window(at, min(at + 9, length))
        if len(part) < 9 or part[0] != 0xFF or part[1] in (0xD9, 0xDA):
            return None
        if 0xC0 <= part[1] <= 0xCF and part[1] not in _TABLES:
            height, width = int.from_bytes(part[5:7], "big"), int.from_bytes(part[7:9], "big")
            return (width, height) if width and height else None
        at += 1 if part[1] == 0xFF else 2 + int.from_bytes(part[2:4], "big")  # a marker may be padded with 0xFF
    return None
