"""What does training see instead of the plain image?

`Augment` says it as a value; `apply_batch` does the simple transformations on a whole uint8 batch at once. Every
choice is a pure function of (seed, epoch, sample index).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
    """Crop each image at its own offset: one gather of windows over the padded batch, no loop over samples."""
    n, height, width, channels = pixels.shape
    padded = np.zeros((n, height + 2 * pad, (width + 2 * pad) * channels), np.uint8)
    padded[:, pad : pad + height, pad * channels : (pad + width) * channels] = pixels.reshape(
        n, height, width * channels
    )
    windows = sliding_window_view(padded, (height, width * channels), axis=(1, 2))
    top = draw.below(2 * pad + 1, "crop-y")
    left = draw.below(2 * pad + 1, "crop-x") * channels
    return windows[np.arange(n), top, left].reshape(n, height, width, channels)


def _flip(pixels: Pixels, mirrored: np.ndarray, *, owned: bool) -> Pixels:
    pixels = pixels if owned else pixels.copy()
    pixels[mirrored] = pixels[mirrored][:, :, ::-1]
    return pixels


def _cut_out(pixels: Pixels, side: int, draw: Draw, fill: tuple[int, ...], *, owned: bool) -> Pixels:
    height, width = pixels.shape[1:3]
    pixels = pixels if owned else pixels.copy()
    top = draw.below(height, "cutout-y") - side // 2
    left = draw.below(width, "cutout-x") - side // 2
    rows = (np.arange(height) >= top[:, None]) & (np.arange(height) < top[:, None] + side)
    columns = (np.arange(width) >= left[:, None]) & (np.arange(width) < left[:, None] + side)
    pixels[rows[:, :, None] & columns[:, None, :]] = np.asarray(fill, np.uint8)
    return pixels
