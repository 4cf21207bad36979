"""How many bits do the levels of this picture take, and what are they in eight?

A camera's or a scanner's 12 bits come in files of 16: scaled by 16 they would be nearly black. So the levels are scaled
by the smallest usual number of bits that holds the largest of the training set, which the preprocessing remembers.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from residua.data.pixels.bounds import Place, is_deep_colour, opened, peeked, strips
from residua.data.pixels.headers import read_header
from residua.errors import DataError, ResiduaWarning
from residua.preprocessing import DEPTHS, FULL_DEPTH, Pixels

Levels = np.ndarray[Any, Any]
AT_ONCE = 2**20  # levels
MOST_FLOAT = 255  # of a picture in floating point that is not in 0…1
SAMPLED = 64  # pictures whose headers show whether a set is deep; JPEG and the like never are


class Depth(NamedTuple):
    """Bits that hold the largest level of pictures in whole numbers, and it; in how many levels are cut off."""

    bits: int
    largest: int
    cut: int = 0

    @property
    def warning(self) -> str:
        """What is said of pictures that have more levels than are read; "" where there are none."""
        if not self.cut:
            return ""
        range_ = f"below 0, or above {2**FULL_DEPTH - 1:,} (of floating point {MOST_FLOAT})"
        advice = "scale such pictures yourself, to whole numbers of 16 bits"
        return f"{self.cut} pictures have levels {range_}, which are cut off: {advice}."


SHALLOW = Depth(FULL_DEPTH, 0)


def measure_depth(encoded: Callable[[int], bytes | None], count: int, threads: int | None = None) -> Depth:
    """Return the depth of the deep pictures among `count`; 16 bits and 0 where there are none in whole numbers.

    encoded: the bytes of one picture, or None where it has none. A sample's headers tell whether any is deep; only then
    all are decoded, by so many threads, or one a core. What cannot be read counts for nothing.
    """
    sample = np.unique(np.linspace(0, max(0, count - 1), min(count, SAMPLED)).astype(int)).tolist()
    if not any(_is_deep(encoded, index) for index in sample):
        return SHALLOW
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda index: _largest_level(encoded, index), range(count)))
    largest, cut = max((level for level, _ in found), default=0), sum(beyond for _, beyond in found)
    return Depth(next(bits for bits in DEPTHS if largest < 2**bits) if largest else FULL_DEPTH, largest, cut)


def scaled(levels: Levels, bits: int) -> Pixels:
    """Map the levels 0…2^bits − 1 onto 0…255, rounded; larger ones become 255, and that is said."""
    top = 2**bits - 1
    if levels.size and (levels.max() > top or levels.min() < 0):
        said = f"a picture has levels beyond 0…{top:,}, the {bits} bits by which this network's pictures are scaled"
        warnings.warn(f"{said}: they are cut off", ResiduaWarning, stacklevel=2)
    eight = ((np.arange(top + 1) * 255 + top // 2) // top).astype(np.uint8)
    out: Pixels = np.empty(levels.shape, np.uint8)
    step = max(1, AT_ONCE // max(1, levels[:1].size))
    for start in range(0, len(levels), step):  # some rows at a time: numpy indexes by 8 bytes a level
        out[start : start + step] = eight[np.clip(levels[start : start + step], 0, top)]
    return out


def deep_strips(data: bytes) -> Iterator[tuple[Place, Levels]]:
    """Yield the parts of an RGB picture of 16 bits a channel as (rows, columns, 3) levels, each with its place.

    For who has the room to decode it. Pillow keeps the upper byte of each level alone; read in the other order of
    bytes, the same file gives the lower.
    """
    with peeked(data) as upper, peeked(data) as lower:
        lower.tile = [tile._replace(args=_other_order(tile.args)) for tile in lower.tile]
        upper.load()
        lower.load()
        for (place, high), (_, low) in zip(strips(upper), strips(lower), strict=True):
            yield place, np.asarray(high).astype(np.uint16) << 8 | np.asarray(low)


def _other_order(arguments: Any) -> Any:
    if isinstance(arguments, tuple):
        return (_other_order(arguments[0]), *arguments[1:])
    return {"RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B", "RGB;16N": "RGB;16B"}.get(arguments, arguments)


def _is_deep(encoded: Callable[[int], bytes | None], index: int) -> bool:
    try:
        header = read_header(encoded(index) or b"")
    except DataError:
        return False
    return header is not None and header.deep


def _largest_level(encoded: Callable[[int], bytes | None], index: int) -> tuple[int, bool]:
    """Return the largest level of a picture of more than 8 bits in whole numbers, else 0; and whether some are cut."""
    try:
        data = encoded(index) or b""
        header = read_header(data)
        if header is None or not header.deep:
            return 0, False
        with opened(data) as image:
            if image.mode.startswith(("I", "F")):
                image.load()
                smallest, largest = _range(image)
                if image.mode == "F":
                    return 0, smallest < 0 or largest > MOST_FLOAT
            elif is_deep_colour(image):
                smallest, largest = 0, max(int(levels.max()) for _, levels in deep_strips(data))
            else:
                return 0, False
    except Exception:  # whatever a damaged picture makes Pillow raise: others say that it cannot be read
        return 0, False
    most = 2**FULL_DEPTH - 1
    return int(np.clip(largest, 0, most)), smallest < 0 or largest > most


def _range(image: Any) -> tuple[float, float]:
    """Return the smallest and the largest level of a loaded picture of one channel; what is no number counts for 0."""
    parts = [np.nan_to_num(np.asarray(strip)) for _, strip in strips(image)]
    return float(min(part.min() for part in parts)), float(max(part.max() for part in parts))
