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

from residua import extras
from residua.errors import DataError, MissingExtra

MAX_PIXELS = 89_000_000  # 267 MB of RGB, just below the size at which Pillow itself begins to warn
MOST_SCANS = 64  # of a progressive JPEG; encoders write 10
MOST_SCANNED = 10 * MAX_PIXELS  # pixels of all scans of a JPEG: ten of the largest picture take some seconds
MOST_BYTES = 512 * 2**20  # of all pictures that are being decoded at one moment
LARGEST_BYTES = 896 * 2**20  # of one picture, which is then decoded alone: RGB of MAX_PIXELS in every format but three
# PostScript would start another program, PSD and others hold what few decoders agree on. HEIF is pillow-heif's.
# Pillow has the first six at hand; for the others it loads all of its plugins, 0.05 seconds of processor time.
FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "PPM", "JPEG2000", "TIFF", "WEBP", "TGA", "AVIF")
HEIF = "HEIF"  # of pillow_heif, where it was needed
PILLOW_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # of a pixel; others take four
DECODER_BYTES = {"JPEG2000": 12, "WEBP": 9, "AVIF": 8, "HEIF": 8}  # of a pixel, beside Pillow's own
COEFFICIENTS = 6  # bytes of a pixel of a progressive JPEG, all of which are held until its last scan
STRIP = 2**20  # pixels that are converted at a time, 4 to 20 MB whatever the picture takes
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data 0xFF is followed by 0x00 or a restart marker
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)  # markers of a frame of several scans
_TILE = (322, 323)  # TIFF's tags of a tile's width and height
Place = tuple[slice, slice]  # rows and columns


class _Allowed:
    """What the user allows a picture to have, beyond what is allowed to every file: --max-pixels."""

    pixels: int | None = None


ALLOWED = _Allowed()


def allow_pixels(most: int | None) -> None:
    """Let this process decode pictures of up to `most` pixels, whatever memory they take; None: as by default."""
    ALLOWED.pixels = most
    Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS, most or 0)  # Pillow refuses twice as many by itself


@contextmanager
def opened(data: bytes, name: str = "it") -> Iterator[ImageFile]:
    """Give the picture, its header read, while there is room to decode it. Raises DataError, and what Pillow raises."""
    with peeked(data, name) as image:
        refuse_bomb(*image.size, name, bytes_of_pixel(image))
        _refuse_tiles(image, name)
        with ROOM.take(image.width * image.height * bytes_of_pixel(image)):
            yield image


@contextmanager
def peeked(data: bytes, name: str = "it") -> Iterator[ImageFile]:
    """Give the picture for a look at its header, or to who already has the room. Raises as `opened` does."""
    require_few_scans(data, name)
    _require_heif(data[:64], name)
    with open_named(data) as image:
        yield image


def open_named(data: bytes) -> ImageFile:
    """Open a picture of one of FORMATS, or HEIF, by its content. Raises what Pillow raises."""
    return Image.open(io.BytesIO(data), formats=(*FORMATS, HEIF) if HEIF in Image.OPEN else FORMATS)


def bytes_of_pixel(image: ImageFile) -> int:
    """Return what a pixel takes in memory while it is decoded and converted.

    Pillow holds a byte, two, or four of it, those of 16 bits a channel twice; beside it lie its decoder's own copies,
    and the three bytes that it becomes.
    """
    held = PILLOW_BYTES.get(image.mode, 4) * (2 if is_deep_colour(image) else 1)
    decoder = COEFFICIENTS if image.info.get("progressive") else DECODER_BYTES.get(image.format or "", 0)
    return held + decoder + 3


def is_deep_colour(image: Image.Image) -> bool:
    """Whether an image that is not loaded yet has colours of 16 bits a channel; Pillow keeps their upper bytes."""
    tiles = list(getattr(image, "tile", ()))
    return image.mode == "RGB" and bool(tiles) and all(";16" in str(tile[3]) for tile in tiles)


def strips(image: Image.Image) -> Iterator[tuple[Place, Image.Image]]:
    """Yield the parts of a loaded image, each with its rows and columns, which index an array of its pixels."""
    rows = max(1, STRIP // max(1, image.width))
    if rows >= image.height and image.width <= STRIP:
        yield (slice(None), slice(None)), image
        return
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        for left in range(0, image.width, STRIP):  # a row alone may be too long
            right = min(left + STRIP, image.width)
            yield (slice(top, bottom), slice(left, right)), image.crop((left, top, right, bottom))


def refuse_bomb(width: int, height: int, name: str, bytes_of_one: int = 0) -> None:
    """Raise a DataError for an image of more than MAX_PIXELS, or one that takes more than LARGEST_BYTES to decode."""
    pixels = width * height
    if pixels > (ALLOWED.pixels or MAX_PIXELS):
        raise DataError(
            f"{name} is {width} × {height} pixels; more than {ALLOWED.pixels or MAX_PIXELS:,} are refused as a "
            "decompression bomb. Scale it down first, or allow it by --max-pixels."
        )
    if ALLOWED.pixels is None and pixels * bytes_of_one > LARGEST_BYTES:
        raise DataError(
            f"{name} is {width} × {height} pixels, which take {pixels * bytes_of_one / 2**20:,.0f} MiB to decode; more "
            f"than {LARGEST_BYTES / 2**20:,.0f} are refused as a decompression bomb. Scale it down first, or allow it "
            "by --max-pixels."
        )


def require_few_scans(data: bytes, name: str) -> None:
    """Raise a DataError for a JPEG of more than MOST_SCANS scans, each of which costs a pass over all pixels."""
    if data[:2] != b"\xff\xd8" or data.count(b"\xff\xda") < 2:
        return
    scans, frame = _markers(data)
    pixels = int.from_bytes(data[frame + 3 : frame + 5], "big") * int.from_bytes(data[frame + 5 : frame + 7], "big")
    if scans > MOST_SCANS or (ALLOWED.pixels is None and scans * pixels > MOST_SCANNED):
        most = MOST_SCANS if scans > MOST_SCANS else MOST_SCANNED // pixels
        raise DataError(f"{name} has more than {most} scans, each a pass over all its pixels; save it again.")


def coefficient_bytes(data: bytes) -> int:
    """Return what the coefficients of a JPEG take, which a progressive one needs all at once."""
    frame = _markers(data, scans=0)[1]
    if not frame or data[frame - 1] not in _PROGRESSIVE:
        return 0
    height, width = data[frame + 3 : frame + 5], data[frame + 5 : frame + 7]
    return COEFFICIENTS * int.from_bytes(height, "big") * int.from_bytes(width, "big")


def _markers(data: bytes, scans: int = MOST_SCANS) -> tuple[int, int]:
    """Count the scans of a JPEG by its markers, up to one more than `scans`, and find its frame, 0 for none.

    Not those of a preview within it.
    """
    at, found, frame = 2, 0, 0
    while found <= scans and (marker := _NEXT_MARKER.search(data, at)) and (kind := data[marker.start() + 1]) != 0xD9:
        found += kind == 0xDA
        if not frame and 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            frame = marker.end()
        at = marker.end() + max(2, int.from_bytes(data[marker.end() : marker.end() + 2], "big"))
    return found, frame


def _refuse_tiles(image: ImageFile, name: str) -> None:
    """Raise DataError for a TIFF whose tiles, which are unpacked whole, are far larger than its picture."""
    tags = getattr(image, "tag_v2", {})
    tile = [tags.get(tag, 0) for tag in _TILE]
    if all(isinstance(side, int) for side in tile) and tile[0] * tile[1] > max(STRIP, 4 * image.width * image.height):
        raise DataError(
            f"{name} has tiles of {tile[0]} × {tile[1]} pixels for {image.width} × {image.height}; refused."
        )


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


def _is_heif(head: bytes) -> bool:
    """Say whether a picture is one of HEIF's that Pillow does not open by itself, as telephones write them."""
    brand, others = head[8:12], head[16 : int.from_bytes(head[:4], "big")]
    if head[4:8] != b"ftyp":
        return False
    return brand[:3] in (b"hei", b"hev") or (brand in (b"mif1", b"msf1") and b"avif" not in others)


def _require_heif(head: bytes, name: str) -> None:
    """Let Pillow open HEIF, if this is such a picture. Raises DataError where it cannot."""
    if not _is_heif(head):
        return
    try:
        _allow_heif()
    except MissingExtra as error:
        raise DataError(f"{name} is a HEIF picture: {error}.") from None


@cache
def _allow_heif() -> None:
    extras.require("pillow_heif").register_heif_opener()
