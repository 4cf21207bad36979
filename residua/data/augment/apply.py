"""What does training see instead of the plain image?

`Augment` says it as a value; `apply_batch` does the simple transformations on a whole uint8 batch at once. Every
choice is a pure function of (seed, epoch, sample index).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from residua.data.augment.colour import erase, jitter
from residua.data.augment.policies import apply_policy
from residua.data.counter import Floats, Integers, below, hashes, uniform
from residua.errors import DataError
from residua.preprocessing import Pixels


@dataclass(frozen=True)
class Augment:
    """A recipe of augmentation; the default does nothing. In the order in which they are applied:

    resized_crop: smallest share of the area of a random crop that is resized to the input (Szegedy 2015 uses 0.08); 0
    is off.
    pad: zero padding, in pixels a side, before a random crop of the original size (He 2016a §4.2 uses 4 for CIFAR).
    flip: "random" mirrors half of the images at each epoch; "alternating" mirrors each image every second epoch.
    policy: "trivial" (Müller 2021), "rand" (Cubuk 2020) with `operations` at `magnitude` of 10, "augmix" (Hendrycks
    2020).
    jitter, hue: brightness, contrast and saturation change by up to ± jitter, the hue by up to ± hue of the circle (≤
    0.5).
    erase: probability that a random rectangle is set to the mean (Zhong 2017).
    cutout: side in pixels of a square that is set to the mean (DeVries 2017); its centre may lie at the border.
    mixup, cutmix: α of the Beta distribution of the share (Zhang 2017, Yun 2019); with both, each image draws one of
    them.
    repeats: how many differently augmented copies of an image an epoch holds (Hoffer 2020); its length stays the same.
    """

    resized_crop: float = 0.0
    pad: int = 0
    flip: Literal["none", "random", "alternating"] = "none"
    policy: Literal["none", "trivial", "rand", "augmix"] = "none"
    operations: int = 2
    magnitude: float = 9.0
    jitter: float = 0.0
    hue: float = 0.0
    erase: float = 0.0
    cutout: int = 0
    mixup: float = 0.0
    cutmix: float = 0.0
    repeats: int = 1

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise DataError(f"augmentation: {name} {value} came; {low} to {high} was expected.")
        for name, allowed in (("flip", _FLIPS), ("policy", _POLICIES)):
            if getattr(self, name) not in allowed:
                raise DataError(
                    f"augmentation: {name} {getattr(self, name)!r} came; expected one of {', '.join(allowed)}."
                )

    @property
    def mixes(self) -> bool:
        """True when an image is mixed with another one."""
        return self.mixup > 0 or self.cutmix > 0


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("resized_crop", 0, 1),
    ("pad", 0, 10_000),
    ("operations", 1, 20),
    ("magnitude", 0, 10),
    ("jitter", 0, 1),
    ("hue", 0, 0.5),
    ("erase", 0, 1),
    ("cutout", 0, 10_000),
    ("mixup", 0, 100),
    ("cutmix", 0, 100),
    ("repeats", 1, 100),
)
_FLIPS = ("none", "random", "alternating")
_POLICIES = ("none", "trivial", "rand", "augmix")


@dataclass(frozen=True)
class Draw:
    """Who is being augmented: the seed, the epoch, and a number that is each image's own."""

    seed: int
    epoch: int
    index: Integers

    def below(self, limit: int, purpose: str) -> Integers:
        """Return an integer in [0, limit) an image."""
        return below(limit, self.seed, self.epoch, self.index, purpose)

    def uniform(self, purpose: str) -> Floats:
        """Return a float in [0, 1) an image."""
        return uniform(self.seed, self.epoch, self.index, purpose)


PRESETS: dict[str, Augment] = {
    "none": Augment(),
    "crop-flip": Augment(pad=4, flip="random"),
    "cutout": Augment(pad=4, flip="random", cutout=16),
    "resized-crop": Augment(resized_crop=0.08, flip="random"),
    "colour": Augment(resized_crop=0.08, flip="random", jitter=0.4, hue=0.1),
    "trivial": Augment(resized_crop=0.08, flip="random", policy="trivial", erase=0.1),
    "rand": Augment(resized_crop=0.08, flip="random", policy="rand"),
    "augmix": Augment(resized_crop=0.08, flip="random", policy="augmix", magnitude=3.0),
    "strong": Augment(resized_crop=0.08, flip="random", policy="trivial", erase=0.1, mixup=0.2, cutmix=1.0),
}


def default_augment(name: str, size: int) -> Augment:
    """Return what is usual for the data set `name`: digits are never mirrored, photographs are."""
    if name in ("digits", "mnist"):
        return Augment(pad=max(1, size // 14))
    if name == "fashion-mnist":
        return Augment(pad=2, flip="random")
    return Augment(pad=max(1, size // 8), flip="random")


def parse_augment(text: str, name: str = "", size: int = 32, base: Augment = Augment()) -> Augment:
    """Read a recipe from words: a preset, "default" (what suits the data set), and field=value, separated by commas.

    A preset replaces `base`; fields alone are laid over it.
    """
    augment = base
    for word in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = word.partition("=")
        if not equals and (key in PRESETS or key == "default"):
            augment = default_augment(name, size) if key == "default" else PRESETS[key]
            continue
        kinds = {field.name: type(getattr(augment, field.name)) for field in fields(Augment)}
        if not equals or key not in kinds:
            known = f"presets default, {', '.join(PRESETS)}; fields {', '.join(kinds)}"
            raise DataError(f"augmentation {word!r} is not known; {known}, as in trivial,cutout=16.")
        try:
            augment = replace(augment, **{key: kinds[key](value)})
        except ValueError as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"augmentation {word!r}: {kinds[key].__name__} was expected, as {key}={getattr(augment, key)}."
            ) from None
    return augment


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
