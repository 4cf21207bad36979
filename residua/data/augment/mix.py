"""Which part of a picture does training see: a random region of it (Szegedy 2015), or two pictures at once?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from residua.data.augment.config import Augment
from residua.data.counter import Draw, Floats, Integers
from residua.preprocessing import Pixels

_TRIES = 10
_ASPECT = math.log(4 / 3)


class RandomCrops:
    """A random region an image: a share of the area from `smallest` to 1, of aspect 3/4 to 4/3."""

    def __init__(self, draw: Draw, smallest: float):
        columns = ("area", "aspect", "x", "y")
        drawn = [[draw.uniform(f"crop-{what}-{attempt}") for what in columns] for attempt in range(_TRIES)]
        self._drawn: Floats = np.array(drawn).transpose(2, 0, 1)  # (images, tries, four)
        self._smallest = smallest

    def box(self, position: int, width: int, height: int) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) in whole pixels; the largest central region when ten tries do not fit."""
        for area, aspect, x, y in self._drawn[position].tolist():
            wanted = width * height * (self._smallest + (1 - self._smallest) * area)
            ratio = math.exp(_ASPECT * (2 * aspect - 1))
            wide, high = round(math.sqrt(wanted * ratio)), round(math.sqrt(wanted / ratio))
            if 0 < wide <= width and 0 < high <= height:
                left, top = int(x * (width - wide + 1)), int(y * (height - high + 1))
                return (left, top, left + wide, top + high)
        wide, high = min(width, round(height * 4 / 3)), min(height, round(width * 4 / 3))
        left, top = (width - wide) // 2, (height - high) // 2
        return (left, top, left + wide, top + high)


@dataclass(frozen=True)
class Mix:
    """What mixing made: the images, and for each the share that its own label keeps."""

    pixels: Pixels
    own: Floats


@dataclass(frozen=True)
class Mixture:
    """How each of n images is mixed with its partner: blended (mixup), or with a rectangle of it pasted in (cutmix).

    own: (n,) the share that its own label keeps. weight: (n,) float32, the share that its own pixels keep everywhere; 1
    where one is pasted. box: (n, 4) top, bottom, left and right of what is pasted; empty where they are blended.
    """

    own: Floats
    weight: np.ndarray
    box: Integers


def mixture(height: int, width: int, augment: Augment, draw: Draw) -> Mixture:
    """Draw how images of one size are mixed; a share counts what the border cuts off a rectangle."""
    count = len(draw.index)
    both = augment.mixup and augment.cutmix
    pasted = draw.uniform("mix-kind") < 0.5 if both else np.full(count, augment.cutmix > 0)
    own = np.where(pasted, _beta(augment.cutmix, draw), _beta(augment.mixup, draw))
    box = _boxes(height, width, own, draw) * pasted[:, None]
    area = (box[:, 1] - box[:, 0]) * (box[:, 3] - box[:, 2])
    weight = np.where(pasted, 1.0, own).astype(np.float32)
    return Mixture(np.where(pasted, 1 - area / (height * width), own), weight, box)


def mix(pixels: Pixels, others: Pixels, augment: Augment, draw: Draw) -> Mix:
    """Mix each image, (n, H, W, C) uint8, with its partner."""
    height, width = pixels.shape[1:3]
    drawn = mixture(height, width, augment, draw)
    out = pixels.copy()
    blend = np.flatnonzero(drawn.weight < 1)
    if len(blend):
        weight = drawn.weight[blend, None, None, None]
        out[blend] = (pixels[blend] * weight + others[blend] * (1 - weight) + 0.5).astype(np.uint8)
    paste = np.flatnonzero(drawn.box.any(axis=1))
    if len(paste):
        top, bottom, left, right = drawn.box[paste].T[..., None]
        rows, columns = np.arange(height), np.arange(width)
        inside = ((rows >= top) & (rows < bottom))[:, :, None] & ((columns >= left) & (columns < right))[:, None, :]
        out[paste] = np.where(inside[..., None], others[paste], pixels[paste])
    return Mix(out, drawn.own)


def _boxes(height: int, width: int, own: Floats, draw: Draw) -> Integers:
    """Return rectangles of 1 − own of the area around random centres, as far as they lie inside."""
    side = np.sqrt(1 - own)
    edges = []
    for extent, purpose in ((height, "cutmix-y"), (width, "cutmix-x")):
        centre, half = draw.below(extent, purpose), (side * extent / 2).astype(np.int64)
        edges += [np.clip(centre - half, 0, extent), np.clip(centre + half, 0, extent)]
    return np.stack(edges, axis=1)


def _beta(alpha: float, draw: Draw) -> Floats:
    """Return a draw from Beta(α, α) an image, by inverting its distribution function; 1 where α is 0."""
    if alpha == 0:
        return np.ones(len(draw.index))
    from scipy.special import betaincinv

    drawn: Floats = betaincinv(alpha, alpha, draw.uniform("mix-share"))
    return drawn


def partners(positions: Integers, length: int, repeats: int = 1) -> Integers:
    """Return the position in the epoch that each position is mixed with: its neighbour, or itself if it has none.

    repeats: positions in a row that show the same image; the neighbour is then as many further, another image.
    """
    image, copy = np.divmod(positions, repeats)
    other = (image ^ 1) * repeats + copy
    return np.where(other < length, other, positions)
