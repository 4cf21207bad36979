"""What does training see instead of the plain image?

`apply_batch` changes a whole uint8 batch at once. Every choice is a pure function of (seed, epoch, sample index).
"""

from __future__ import annotations

import numpy as np

from residua.data.augment.colour import erase, jitter
from residua.data.augment.config import Augment
from residua.data.augment.policies import apply_policy
from residua.data.counter import Draw, hashes
from residua.preprocessing import Pixels


def apply_batch(pixels: Pixels, augment: Augment, draw: Draw, fill: tuple[int, ...]) -> Pixels:
    """Return the augmented batch, (n, H, W, C) uint8 in and out; `fill` is the level of what is cut out, a channel.

    All but the resized crop, which happens while decoding, and the mixing, which needs two images.
    """
    original = pixels
    if augment.pad:
        pixels = _pad_and_crop(pixels, augment.pad, draw)
    if augment.flip != "none":
        pixels = _flip(pixels, flipped(augment.flip, draw), owned=pixels is not original)
    if augment.policy != "none":
        pixels = apply_policy(pixels, augment, draw, fill)
    if augment.jitter or augment.hue:
        pixels = jitter(pixels, augment.jitter, augment.hue, draw)
    if augment.erase:
        pixels = erase(pixels, augment.erase, draw, fill)
    if augment.cutout:
        pixels = _cut_out(pixels, augment.cutout, draw, fill, owned=pixels is not original)
    return pixels


def flipped(flip: str, draw: Draw) -> np.ndarray:
    """Say for each image whether it is mirrored at this epoch."""
    if flip == "alternating":
        first = hashes(draw.seed, 0, draw.index, "flip") & np.uint64(1)
        return ((first + np.uint64(draw.epoch)) & np.uint64(1)).astype(bool)
    return (hashes(draw.seed, draw.epoch, draw.index, "flip") & np.uint64(1)).astype(bool)


def _pad_and_crop(pixels: Pixels, pad: int, draw: Draw) -> Pixels:
    """Crop each image at its own offset: one gather of whole rows from the padded batch."""
    count, height, width, channels = pixels.shape
    high, wide = height + 2 * pad, width + 2 * pad
    padded = np.zeros((count, high, wide * channels), np.uint8)
    padded[:, pad : pad + height, pad * channels : (pad + width) * channels] = pixels.reshape(count, height, -1)
    row = np.dtype(f"V{width * channels}")  # a row of the crop, starting at any pixel of the padded batch
    rows = np.ndarray((count * high * wide - width + 1,), row, padded.data, strides=(channels,))
    top, left = (draw.below(2 * pad + 1, purpose) for purpose in ("crop-y", "crop-x"))
    first = (np.arange(count) * high + top) * wide + left
    cropped: Pixels = rows[first[:, None] + np.arange(height) * wide].view(np.uint8).reshape(pixels.shape)
    return cropped


def _flip(pixels: Pixels, mirrored: np.ndarray, *, owned: bool) -> Pixels:
    pixels = np.ascontiguousarray(pixels) if owned else pixels.copy()
    whole = pixels.reshape(*pixels.shape[:2], -1).view(f"V{pixels.shape[3]}")  # moving pixels, not bytes: twice as fast
    whole[mirrored] = whole[mirrored][:, :, ::-1]
    return pixels


def _cut_out(pixels: Pixels, side: int, draw: Draw, fill: tuple[int, ...], *, owned: bool) -> Pixels:
    count, height, width, channels = pixels.shape
    pixels = np.ascontiguousarray(pixels) if owned else pixels.copy()
    top = draw.below(height, "cutout-y") - side // 2
    left = draw.below(width, "cutout-x") - side // 2
    rows = np.clip(top[:, None] + np.arange(side), 0, height - 1)  # outside: the border again, cut anyway
    columns = np.clip(left[:, None] + np.arange(side), 0, width - 1)
    at = ((np.arange(count) * height)[:, None] + rows)[:, :, None] * width + columns[:, None, :]
    pixel = f"V{channels}"
    pixels.reshape(-1).view(pixel)[at.ravel()] = np.asarray(fill, np.uint8).view(pixel)[0]
    return pixels
