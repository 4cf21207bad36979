"""What does training see instead of the plain image?

`Augment` says it as a value; `apply_batch` does the simple transformations on a whole uint8 batch at once. Every
choice is a pure function of (seed, epoch, sample index).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from residua.data.counter import Integers, below, hashes
from residua.data.preprocessing import Pixels
from residua.errors import DataError


@dataclass(frozen=True)
class Augment:
    """A recipe of augmentation; the default does nothing.

    pad: zero padding, in pixels a side, before a random crop of the original size (He 2016a §4.2 uses 4 for CIFAR).
    flip: "random" mirrors half of the images at each epoch; "alternating" mirrors each image every second epoch.
    cutout: side in pixels of a square that is set to the mean (DeVries 2017); its centre may lie at the border.
    """

    pad: int = 0
    flip: Literal["none", "random", "alternating"] = "none"
    cutout: int = 0

    def __post_init__(self) -> None:
        if self.pad < 0 or self.cutout < 0:
            raise DataError(f"pad {self.pad} and cutout {self.cutout} are pixels, at least 0.")
        if self.flip not in ("none", "random", "alternating"):
            raise DataError(f"flip {self.flip!r} came; 'none', 'random' or 'alternating' was expected.")


@dataclass(frozen=True)
class Draw:
    """Who is being augmented: the seed, the epoch, and the index of each image of the batch."""

    seed: int
    epoch: int
    index: Integers

    def below(self, limit: int, purpose: str) -> Integers:
        """Return an integer in [0, limit) an image."""
        return below(limit, self.seed, self.epoch, self.index, purpose)


def default_augment(name: str, size: int) -> Augment:
    """Return what is usual for the data set `name`: digits are never mirrored, photographs are."""
    if name in ("digits", "mnist"):
        return Augment(pad=max(1, size // 14))
    if name == "fashion-mnist":
        return Augment(pad=2, flip="random")
    return Augment(pad=max(1, size // 8), flip="random")


def apply_batch(pixels: Pixels, augment: Augment, draw: Draw, fill: tuple[int, ...]) -> Pixels:
    """Return the augmented batch, (n, H, W, C) uint8 in and out; `fill` is the level of cut-out squares, a channel."""
    if augment.pad:
        pixels = _pad_and_crop(pixels, augment.pad, draw)
    if augment.flip != "none":
        pixels = _flip(pixels, flipped(augment.flip, draw), owned=bool(augment.pad))
    if augment.cutout:
        pixels = _cut_out(pixels, augment.cutout, draw, fill, owned=bool(augment.pad) or augment.flip != "none")
    return pixels


def flipped(flip: str, draw: Draw) -> np.ndarray:
    """Say for each image whether it is mirrored at this epoch."""
    if flip == "alternating":
        first = hashes(draw.seed, 0, draw.index, "flip") & np.uint64(1)
        return ((first + np.uint64(draw.epoch)) & np.uint64(1)).astype(bool)
    return (hashes(draw.seed, draw.epoch, draw.index, "flip") & np.uint64(1)).astype(bool)


def _pad_and_crop(pixels: Pixels, pad: int, draw: Draw) -> Pixels:
    """Crop each image at its own offset: one gather of whole rows from the padded batch."""
    n, height, width, channels = pixels.shape
    high, wide = height + 2 * pad, width + 2 * pad
    padded = np.zeros((n, high, wide * channels), np.uint8)
    padded[:, pad : pad + height, pad * channels : (pad + width) * channels] = pixels.reshape(n, height, -1)
    row = np.dtype(f"V{width * channels}")  # a row of the crop, starting at any pixel of the padded batch
    rows = np.ndarray((n * high * wide - width + 1,), row, padded.data, strides=(channels,))
    top, left = (draw.below(2 * pad + 1, purpose) for purpose in ("crop-y", "crop-x"))
    first = (np.arange(n) * high + top) * wide + left
    return rows[first[:, None] + np.arange(height) * wide].view(np.uint8).reshape(pixels.shape)


def _flip(pixels: Pixels, mirrored: np.ndarray, *, owned: bool) -> Pixels:
    pixels = np.ascontiguousarray(pixels) if owned else pixels.copy()
    whole = pixels.reshape(*pixels.shape[:2], -1).view(f"V{pixels.shape[3]}")  # moving pixels, not bytes: twice as fast
    whole[mirrored] = whole[mirrored][:, :, ::-1]
    return pixels


def _cut_out(pixels: Pixels, side: int, draw: Draw, fill: tuple[int, ...], *, owned: bool) -> Pixels:
    n, height, width, channels = pixels.shape
    pixels = np.ascontiguousarray(pixels) if owned else pixels.copy()
    top = draw.below(height, "cutout-y") - side // 2
    left = draw.below(width, "cutout-x") - side // 2
    rows = np.clip(top[:, None] + np.arange(side), 0, height - 1)  # outside: the border again, cut anyway
    columns = np.clip(left[:, None] + np.arange(side), 0, width - 1)
    at = ((np.arange(n) * height)[:, None] + rows)[:, :, None] * width + columns[:, None, :]
    pixel = f"V{channels}"
    pixels.reshape(-1).view(pixel)[at.ravel()] = np.asarray(fill, np.uint8).view(pixel)[0]
    return pixels
