"""Which pictures stand for a class, and what will the network see of them?"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from residua.data.augment.apply import apply_batch
from residua.data.augment.config import Augment
from residua.data.augment.mix import RandomCrops, mix
from residua.data.counter import Draw
from residua.data.doctor.image_stats import Item
from residua.data.pixels.image import decode, fit, to_pillow
from residua.data.sources.source import Source
from residua.errors import DataError
from residua.preprocessing import Pixels, Preprocessing

MOST_TRIED = 24  # files of a finding, of which many may be damaged


@dataclass(frozen=True)
class Tile:
    """One picture of a sheet, as a data URI, and what is written below it."""

    uri: str
    caption: str


def class_sheet(source: Source, label: int, side: int, most: int = 12) -> tuple[Tile, ...]:
    """Return up to `most` images of a class, evenly spaced over it, whole and no larger than `side` pixels."""
    indices = np.flatnonzero(source.labels == label)
    picked = indices[np.unique(np.linspace(0, len(indices) - 1, most).astype(int))] if len(indices) else indices
    tiles = []
    for index in picked.tolist():
        try:
            pixels = source.read(np.array([index]))[0]
        except DataError:
            continue  # the findings name it
        tiles.append(Tile(data_uri(_shrink(pixels, side)), source.where(index)))
    return tuple(tiles)


def sheet_of_items(items: Iterable[Item], channels: int, bits: int, side: int = 112, most: int = 6) -> tuple[Tile, ...]:
    """Return the first `most` of these images that can be read."""
    tiles: list[Tile] = []
    for item in islice(items, MOST_TRIED):
        try:
            data = item.encoded()
            pixels = item.pixels() if data is None else decode(data, item.where, channels, bits=bits)
        except DataError:
            continue  # the findings name it
        tiles.append(Tile(data_uri(_shrink(pixels, side)), item.where))
    return tuple(tiles[:most])


def augmented_sheet(
    source: Source, preprocessing: Preprocessing, augment: Augment, *, rows: int = 6, columns: int = 8, seed: int = 0
) -> tuple[tuple[Tile, ...], ...]:
    """Return `rows` images as the network sees them: without augmentation, then at `columns` − 1 epochs."""
    picked = np.unique(np.linspace(0, len(source) - 1, rows).astype(np.int64))
    plain, valid = source.read_valid(picked, preprocessing)
    picked = picked[valid]
    if not len(picked):
        return ()
    fill = tuple(int(255 * mean) for mean in preprocessing.mean)
    sheet = [[Tile(data_uri(image), source.where(index))] for image, index in zip(plain, picked.tolist(), strict=True)]
    for epoch in range(columns - 1):
        draw = Draw(seed, epoch, picked)
        pixels = plain
        if augment.resized_crop:
            pixels, _ = source.read_valid(picked, preprocessing, RandomCrops(draw, augment.resized_crop))
        pixels = apply_batch(pixels, augment, draw, fill)
        if augment.mixes:
            pixels = mix(pixels, np.roll(pixels, 1, axis=0), augment, draw).pixels
        for row, image in zip(sheet, pixels, strict=True):
            row.append(Tile(data_uri(image), f"epoch {epoch}"))
    return tuple(tuple(row) for row in sheet)


def _shrink(pixels: Pixels, side: int) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    if height == width:
        return fit(pixels, Preprocessing.plain(side, 1))
    image = to_pillow(pixels)
    scale = side / max(height, width)
    small = np.asarray(image.resize((max(1, round(width * scale)), max(1, round(height * scale))), reducing_gap=3.0))
    return small[..., None] if small.ndim == 2 else small


def data_uri(pixels: Pixels) -> str:
    """Return the picture inside an address: PNG where it is small, JPEG where that is shorter."""
    image = to_pillow(pixels)
    small = pixels.shape[0] * pixels.shape[1] <= 64 * 64
    file = io.BytesIO()
    image.save(file, "PNG" if small else "JPEG", **({} if small else {"quality": 85}))
    kind = "png" if small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


def sheets_of(source: Source, classes: Sequence[str], side: int = 112) -> list[tuple[str, int, tuple[Tile, ...]]]:
    """Return (class, number of images, its tiles) for every class."""
    counts = np.bincount(source.labels, minlength=len(classes)).tolist()
    return [(name, counts[label], class_sheet(source, label, side)) for label, name in enumerate(classes)]
