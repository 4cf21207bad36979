"""How is an encoded picture opened, so that no file costs more than it is worth?

A small file may name a format that starts another program, hold a thousand scans of one picture, or unpack to more
memory than there is. What a picture may cost is held against one budget for all threads that decode.
"""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from PIL import Image
from PIL.ImageFile import ImageFile

from residua.errors import DataError

MAX_PIXELS = 89_000_000  # 267 MB of RGB, just below the size at which Pillow itself begins to warn
MOST_SCANS = 64  # of a progressive JPEG; encoders write 10
MOST_BYTES = 512 * 2**20  # of all pictures that are being decoded at one moment
# PostScript would start another program, PSD and others hold what few decoders agree on. HEIF is there with its plugin.
FORMATS = ("JPEG", "JPEG2000", "PNG", "BMP", "DIB", "GIF", "TIFF", "WEBP", "PPM", "TGA", "AVIF", "HEIF")
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data 0xFF is followed by 0x00 or a restart marker


@contextmanager
def opened(data: bytes, name: str = "it") -> Iterator[ImageFile]:
    """Give the picture, its header read, while there is room to decode it. Raises DataError, and what Pillow raises."""
    with peeked(data, name) as image:
        refuse_bomb(*image.size, name)
        with ROOM.take(image.width * image.height * bytes_of_pixel(image)):
            yield image


@contextmanager
def peeked(data: bytes, name: str = "it") -> Iterator[ImageFile]:
    """Give the picture for a look at its header, or to who already has the room. Raises as `opened` does."""
    require_few_scans(data, name)
    with open_named(data) as image:
        yield image


def open_named(data: bytes) -> ImageFile:
    """Open a picture of one of FORMATS, by its content. Raises what Pillow raises."""
    return Image.open(io.BytesIO(data), formats=_formats())


def bytes_of_pixel(image: Image.Image) -> int:
    """Return what a pixel takes in memory: a byte a channel, two where the file has more than eight bits."""
    deep = any(";16" in str(tile) for tile in getattr(image, "tile", ()))
    return 4 if image.mode[0] in "IF" else len(image.getbands()) * (2 if deep else 1)


def refuse_bomb(width: int, height: int, name: str) -> None:
    """Raise a DataError for an image of more than MAX_PIXELS."""
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{name} is {width} × {height} pixels; more than {MAX_PIXELS:,} are refused as a decompression bomb. "
            "Scale it down first."
        )


def require_few_scans(data: bytes, name: str) -> None:
    """Raise a DataError for a JPEG of more than MOST_SCANS scans, each of which costs a pass over all pixels."""
    if data[:2] == b"\xff\xd8" and data.count(b"\xff\xda") > MOST_SCANS and _scans(data) > MOST_SCANS:
        raise DataError(f"{name} has more than {MOST_SCANS} scans, each a pass over all its pixels; save it again.")


def _scans(data: bytes) -> int:
    """Count the scans of a JPEG by its markers, up to one more than are allowed; not those of a preview within it."""
    at, found = 2, 0
    while found <= MOST_SCANS and (marker := _NEXT_MARKER.search(data, at)) and data[marker.start() + 1] != 0xD9:
        found += data[marker.start() + 1] == 0xDA
        at = marker.end() + max(2, int.from_bytes(data[marker.end() : marker.end() + 2], "big"))
    return found


class _Room:
    """What all threads of a process together may take."""

    def __init__(self) -> None:
        self.begin()
        if hasattr(os, "register_at_fork"):  # the threads that decode in a parent do not exist in its child
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        self.taken, self.changed = 0, threading.Condition()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Wait until all that is being decoded, with `size` bytes more, stays within MOST_BYTES."""
        size = min(size, MOST_BYTES)  # the largest has all the room, and is alone
        with self.changed:
            self.changed.wait_for(lambda: self.taken + size <= MOST_BYTES)
            self.taken += size
        try:
            yield
        finally:
            with self.changed:
                self.taken -= size
                self.changed.notify_all()


ROOM = _Room()


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)
