"""What is there to know about each image of a collection, without judging it yet?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from PIL import Image

from residua.data.headers import Header, read_header
from residua.data.image import adapt_channels, decode, fit
from residua.data.preprocessing import Pixels, Preprocessing
from residua.errors import DataError

LOOK = 9  # side of the grey miniature by which near duplicates are found


class Item(Protocol):
    """One image that has not been looked at: where it is, which split and class it belongs to."""

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
class Facts:
    """One image. problem: why it cannot be read, as (code, words), or None. look: a 9 × 9 grey miniature.

    moments: per channel, number, sum and sum of squares of the levels after fitting to the input size, (3, channels).
    deviation: per channel, of this image alone, in 0…1.
    """

    where: str
    split: str
    label: str
    problem: tuple[str, str] | None = None
    header: Header | None = None
    size: int = 0
    digest: bytes = b""
    transparent: bool = False
    look: Pixels | None = field(default=None, repr=False)
    moments: np.ndarray | None = field(default=None, repr=False)
    deviation: tuple[float, ...] = ()


def gather(items: Sequence[Item], fitted: Preprocessing) -> list[Facts]:
    """Look at every image, several at a time; what cannot be read becomes a fact too."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda item: look_at(item, fitted), items, chunksize=16))


def look_at(item: Item, fitted: Preprocessing) -> Facts:
    """Decode one image and measure it."""
    place: Any = {"where": item.where, "split": item.split, "label": item.label}
    try:
        data = item.encoded()
    except DataError as error:
        return Facts(**place, problem=("unreadable-file", _words(error, item.where)))
    if data is None:
        pixels = item.pixels()
        drawn = Header(pixels.shape[1], pixels.shape[0], "array", "L" if pixels.shape[2] == 1 else "RGB", 1, 1)
        return _measure(place, pixels, drawn, pixels.tobytes(), fitted)
    if not data:
        return Facts(**place, problem=("empty-file", "0 bytes"))
    header = read_header(data)
    try:
        pixels = decode(data, item.where, fitted.channels)
    except DataError as error:
        kinds = {"bomb": "decompression-bomb", "not an image": "not-an-image"}
        code = next((code for word, code in kinds.items() if word in str(error)), "truncated-file")
        return Facts(**place, problem=(code, _words(error, item.where)), size=len(data), header=header)
    return _measure(place, pixels, header, data, fitted)


def _measure(place: Any, pixels: Pixels, header: Header | None, data: bytes, fitted: Preprocessing) -> Facts:
    pixels = adapt_channels(pixels, fitted.channels)
    grey = Image.fromarray(adapt_channels(pixels, 1)[..., 0])
    look = np.asarray(grey.resize((LOOK, LOOK), Image.Resampling.BILINEAR, reducing_gap=3.0))
    small = fit(pixels, fitted)
    moments = np.array([_moments(small[..., channel]) for channel in range(small.shape[2])], np.int64).T
    deviation = np.sqrt(np.maximum(moments[2] / moments[0] - (moments[1] / moments[0]) ** 2, 0)) / 255
    return Facts(
        **place,
        header=header,
        size=len(data),
        digest=hashlib.blake2b(data, digest_size=16).digest(),
        transparent=header is not None and header.mode in ("RGBA", "LA", "PA", "RGBa", "La"),
        look=look,
        moments=moments,
        deviation=tuple(deviation.tolist()),
    )


def _moments(levels: Pixels) -> tuple[int, int, int]:
    """Return number, sum and sum of squares, exactly, through the histogram."""
    histogram = np.bincount(levels.ravel(), minlength=256)
    steps = np.arange(256)
    return int(histogram.sum()), int(histogram @ steps), int(histogram @ steps**2)


def _words(error: DataError, where: str) -> str:
    return str(error).replace(where, "").removeprefix(" is damaged or truncated: ").strip(" .:") or "cannot be read"
