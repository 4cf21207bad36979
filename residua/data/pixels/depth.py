"""How many bits do the levels of this picture take, and what are they in eight?

A camera's or a scanner's 12 bits come in files of 16: scaled by 16 they would be nearly black. So the levels are scaled
by the smallest usual number of bits that holds the largest of the training set, which the preprocessing remembers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from residua.data.pixels.bounds import Place, is_deep_colour, opened, peeked, strips
from residua.data.pixels.headers import read_header
from residua.errors import DataError
from residua.preprocessing import DEPTHS, FULL_DEPTH, Pixels

Levels = np.ndarray[Any, Any]
AT_ONCE = 2**20  # levels
SAMPLED = 64  # pictures whose headers show whether a set is deep; JPEG and the like never are


def measure_depth(encoded: Callable[[int], bytes | None], count: int, threads: int | None = None) -> tuple[int, int]:
    """Return bits, and the largest level, of the deep pictures among `count`; (16, 0) where there are none.

    encoded: the bytes of one picture, or None where it has none. A sample's headers tell whether any is deep; only then
    all are decoded, by so many threads, or one a core. What cannot be read counts for nothing.
    """
    sample = np.unique(np.linspace(0, max(0, count - 1), min(count, SAMPLED)).astype(int)).tolist()
    if not any(_is_deep(encoded, index) for index in sample):
        return FULL_DEPTH, 0
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        largest = max(pool.map(lambda index: _largest_level(encoded, index), range(count)), default=0)
    return (next(bits for bits in DEPTHS if largest < 2**bits), largest) if largest else (FULL_DEPTH, 0)


def scaled(levels: Levels, bits: int) -> Pixels:
    """Map the levels 0…2^bits − 1 onto 0…255, rounded; larger ones become 255."""
    top = 2**bits - 1
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


def _largest_level(encoded: Callable[[int], bytes | None], index: int) -> int:
    """Return the largest level of a picture of more than 8 bits in whole numbers, 0 for any other."""
    try:
        data = encoded(index) or b""
        header = read_header(data)
        if header is None or not header.deep or header.mode == "F":
            return 0
        with opened(data) as image:
            if image.mode.startswith("I"):
                image.load()
                largest = max(int(np.asarray(strip).max()) for _, strip in strips(image))
            elif is_deep_colour(image):
                largest = max(int(levels.max()) for _, levels in deep_strips(data))
            else:
                return 0
    except Exception:  # whatever a damaged picture makes Pillow raise: others say that it cannot be read
        return 0
    return int(np.clip(largest, 0, 2**FULL_DEPTH - 1))
