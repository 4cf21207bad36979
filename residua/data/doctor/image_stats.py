"""What are the statistics of each image of a collection, before any rule judges them?"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from residua.data.groups.signature import Signature, sign
from residua.data.pixels.headers import Header, read_header
from residua.data.pixels.image import decode, fit
from residua.data.pixels.levels import adapt_channels, is_clear
from residua.errors import DataError
from residua.preprocessing import Pixels, Preprocessing

_PROBLEMS = {
    "0 bytes": "empty-file",
    "bomb": "decompression-bomb",
    "not an image": "not-an-image",
    "damaged or truncated": "truncated-file",
    "HEIF picture": "unreadable-file",
    "broken link": "broken-link",
    "not a regular file": "not-a-file",
}
_REFUSALS = frozenset(os.strerror(number) for number in errno.errorcode)  # what the operating system says


class Item(Protocol):
    """One image that has not been measured: where it is, which split and class it belongs to."""

    @property
    def where(self) -> str: ...

    @property
    def split(self) -> str: ...

    @property
    def label(self) -> str: ...

    def encoded(self) -> bytes | None:
        """Return the bytes of the file, or None when the image exists only as pixels."""

    def pixels(self) -> Pixels:
        """Return the pixels of an image that exists only as such."""


@dataclass(frozen=True)
class ImageStats:
    """One image. problem: why it cannot be used, as (code, words), or None. signature: what its copies share.

    moments: per channel, number, sum and sum of squares of the levels after fitting to the input size, (3, channels).
    deviation: per channel, of this image alone, in 0…1.
    """

    where: str
    split: str
    label: str
    problem: tuple[str, str] | None = None
    header: Header | None = None
    size: int = 0
    signature: Signature | None = field(default=None, repr=False)
    transparent: bool = False
    moments: np.ndarray | None = field(default=None, repr=False)
    deviation: tuple[float, ...] = ()


def measure_all(items: Sequence[Item], fitted: Preprocessing) -> list[ImageStats]:
    """Measure every image, several at a time; what cannot be read has its problem in place of statistics."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda item: measure(item, fitted), items, chunksize=16))


def measure(item: Item, fitted: Preprocessing) -> ImageStats:
    """Decode one image and measure it."""
    place: Any = {"where": item.where, "split": item.split, "label": item.label}
    try:
        data = item.encoded()
    except DataError as error:
        return ImageStats(**place, problem=problem_of(str(error), item.where, "unreadable-file"))
    if data is None:
        pixels = item.pixels()
        drawn = Header(pixels.shape[1], pixels.shape[0], "array", "L" if pixels.shape[2] == 1 else "RGB", 1)
        return _measured(place, pixels, drawn, pixels.tobytes(), fitted)
    if not data:
        return ImageStats(**place, problem=("empty-file", "0 bytes"))
    header = read_header(data)
    try:
        pixels = decode(data, item.where, fitted.channels, bits=fitted.bits)
    except DataError as error:
        return ImageStats(
            **place, problem=problem_of(str(error), item.where, "truncated-file"), size=len(data), header=header
        )
    return _measured(place, pixels, header, data, fitted)


def _measured(place: Any, pixels: Pixels, header: Header | None, data: bytes, fitted: Preprocessing) -> ImageStats:
    pixels = adapt_channels(pixels, fitted.channels)
    small = fit(pixels, fitted)
    moments = np.array([_moments(small[..., channel]) for channel in range(small.shape[2])], np.int64).T
    deviation = np.sqrt(np.maximum(moments[2] / moments[0] - (moments[1] / moments[0]) ** 2, 0)) / 255
    return ImageStats(
        **place,
        header=header,
        size=len(data),
        signature=sign(pixels),
        transparent=header is not None and header.alpha and is_clear(data),
        moments=moments,
        deviation=tuple(deviation.tolist()),
    )


def _moments(levels: Pixels) -> tuple[int, int, int]:
    """Return number, sum and sum of squares, exactly, through the histogram."""
    histogram = np.bincount(levels.ravel(), minlength=256)
    steps = np.arange(256)
    return int(histogram.sum()), int(histogram @ steps), int(histogram @ steps**2)


def problem_of(message: str, where: str, otherwise: str) -> tuple[str, str]:
    """Return code and words for why an image cannot be used; `otherwise` is the code where the message is not known."""
    after = message.partition(where)[2] or message
    words = after.strip(" .:").removeprefix("is damaged or truncated: ") or "cannot be read"
    known = (code for phrase, code in _PROBLEMS.items() if phrase in after)
    refused = any(words.endswith(refusal) for refusal in _REFUSALS)
    return next(known, "unreadable-file" if refused else otherwise), words
