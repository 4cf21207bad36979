"""What do TrivialAugment, RandAugment and AugMix do to one picture?

The operations are Pillow's, as in the papers' own code; every choice comes from the sample's counter, which libraries
with a random state of their own cannot offer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from residua.data.augment.config import Augment
from residua.data.counter import Draw
from residua.data.pixels.image import to_pillow
from residua.preprocessing import Pixels

Colour = tuple[int, ...]
_BILINEAR = Image.Resampling.BILINEAR


def _affine(image: Image.Image, matrix: tuple[float, ...], fill: Colour) -> Image.Image:
    colour = fill if len(fill) == 3 else fill[0]
    return image.transform(image.size, Image.Transform.AFFINE, matrix, _BILINEAR, fillcolor=colour)


def _rotate(image: Image.Image, degrees: float, fill: Colour) -> Image.Image:
    return image.rotate(degrees, _BILINEAR, fillcolor=fill if len(fill) == 3 else fill[0])


def _enhance(
    kind: Callable[[Image.Image], ImageEnhance._Enhance],
) -> Callable[[Image.Image, float, Colour], Image.Image]:
    return lambda image, level, fill: kind(image).enhance(1.0 + level)


def _posterise(image: Image.Image, bits: float, fill: Colour) -> Image.Image:
    return ImageOps.posterize(image, max(1, min(8, round(bits))))


Operation = tuple[Callable[[Image.Image, float, Colour], Image.Image], float, float, bool]

# name: (what is done, level at magnitude 0, level at magnitude 1, whether the sign is drawn). Levels of the wide space
# of TrivialAugment (Müller 2021, Table 6); translations are shares of the picture's side.
WIDE: dict[str, Operation] = {
    "identity": (lambda image, level, fill: image, 0, 0, False),
    "shear-x": (lambda image, level, fill: _affine(image, (1, level, 0, 0, 1, 0), fill), 0, 0.99, True),
    "shear-y": (lambda image, level, fill: _affine(image, (1, 0, 0, level, 1, 0), fill), 0, 0.99, True),
    "translate-x": (lambda im, level, fill: _affine(im, (1, 0, level * im.width, 0, 1, 0), fill), 0, 0.143, True),
    "translate-y": (lambda im, level, fill: _affine(im, (1, 0, 0, 0, 1, level * im.height), fill), 0, 0.143, True),
    "rotate": (_rotate, 0, 135, True),
    "brightness": (_enhance(ImageEnhance.Brightness), 0, 0.99, True),
    "colour": (_enhance(ImageEnhance.Color), 0, 0.99, True),
    "contrast": (_enhance(ImageEnhance.Contrast), 0, 0.99, True),
    "sharpness": (_enhance(ImageEnhance.Sharpness), 0, 0.99, True),
    "posterise": (_posterise, 8, 2, False),
    "solarise": (lambda image, level, fill: ImageOps.solarize(image, round(level)), 256, 0, False),
    "autocontrast": (lambda image, level, fill: ImageOps.autocontrast(image), 0, 0, False),
    "equalise": (lambda image, level, fill: ImageOps.equalize(image), 0, 0, False),
}
# RandAugment (Cubuk 2020) turns and shears less, at magnitude 10 of 10: 30 degrees, 0.3, a third of the side.
NARROW: dict[str, Operation] = {
    **WIDE,
    "shear-x": (*WIDE["shear-x"][:2], 0.3, True),
    "shear-y": (*WIDE["shear-y"][:2], 0.3, True),
    "translate-x": (*WIDE["translate-x"][:2], 0.33, True),
    "translate-y": (*WIDE["translate-y"][:2], 0.33, True),
    "rotate": (_rotate, 0, 30, True),
    "brightness": (*WIDE["brightness"][:2], 0.9, True),
    "colour": (*WIDE["colour"][:2], 0.9, True),
    "contrast": (*WIDE["contrast"][:2], 0.9, True),
    "sharpness": (*WIDE["sharpness"][:2], 0.9, True),
    "posterise": (_posterise, 8, 4, False),
}
# AugMix (Hendrycks 2020) leaves out what its robustness benchmark measures: brightness, colour, contrast, sharpness.
_MIXED = [name for name in NARROW if name not in ("identity", "brightness", "colour", "contrast", "sharpness")]


def apply_policy(pixels: Pixels, augment: Augment, draw: Draw, fill: Colour) -> Pixels:
    """Return the batch with each picture changed by the policy of `augment`, (n, H, W, C) uint8 in and out."""
    changed = {"trivial": _trivial, "rand": _rand, "augmix": _augmix}[augment.policy](pixels, augment, draw, fill)
    return np.stack(changed) if changed else pixels


def change(pixels: Pixels, steps: list[tuple[str, float, bool]], space: dict[str, Operation], fill: Colour) -> Pixels:
    """Apply operations, each a (name, magnitude 0…1, negative), to one picture."""
    image = to_pillow(pixels)
    for name, magnitude, negative in steps:
        function, low, high, signed = space[name]
        level = low + (high - low) * magnitude
        image = function(image, -level if signed and negative else level, fill)
    out = np.asarray(image)
    return out[..., None] if out.ndim == 2 else out


def _trivial(pixels: Pixels, augment: Augment, draw: Draw, fill: Colour) -> list[Pixels]:
    """One operation of all, at one magnitude of 31 (Müller 2021)."""
    names = list(WIDE)
    chosen, level = draw.below(len(names), "trivial-op").tolist(), draw.below(31, "trivial-level") / 30
    minus = draw.below(2, "trivial-sign").tolist()
    return [
        change(image, [(names[chosen[row]], float(level[row]), bool(minus[row]))], WIDE, fill)
        for row, image in enumerate(pixels)
    ]


def _rand(pixels: Pixels, augment: Augment, draw: Draw, fill: Colour) -> list[Pixels]:
    """`operations` operations drawn with replacement, all at the same `magnitude` of 10 (Cubuk 2020)."""
    names, count = list(NARROW), augment.operations
    chosen = np.stack([draw.below(len(names), f"rand-op-{step}") for step in range(count)], axis=1).tolist()
    minus = np.stack([draw.below(2, f"rand-sign-{step}") for step in range(count)], axis=1).tolist()
    level = augment.magnitude / 10
    steps = [
        [(names[op], level, bool(sign)) for op, sign in zip(*row, strict=True)]
        for row in zip(chosen, minus, strict=True)
    ]
    return [change(image, row, NARROW, fill) for image, row in zip(pixels, steps, strict=True)]


def _augmix(pixels: Pixels, augment: Augment, draw: Draw, fill: Colour) -> list[Pixels]:
    """Mix three chains of one to three operations, then mix with the picture itself (Hendrycks 2020, Algorithm 1)."""
    chains = 3
    weights = -np.log(1 - np.stack([draw.uniform(f"augmix-weight-{chain}") for chain in range(chains)], axis=1))
    weights /= weights.sum(axis=1, keepdims=True)  # Dirichlet(1, 1, 1)
    share = draw.uniform("augmix-share")  # Beta(1, 1)
    depth = np.stack([draw.below(3, f"augmix-depth-{chain}") + 1 for chain in range(chains)], axis=1).tolist()
    steps = {
        (chain, step): (
            draw.below(len(_MIXED), f"augmix-op-{chain}-{step}").tolist(),
            (draw.uniform(f"augmix-level-{chain}-{step}") * augment.magnitude / 10).tolist(),
            draw.below(2, f"augmix-sign-{chain}-{step}").tolist(),
        )
        for chain in range(chains)
        for step in range(3)
    }
    out = []
    for row, image in enumerate(pixels):
        mixed = np.zeros(image.shape, np.float32)
        for chain in range(chains):
            drawn = [steps[chain, step] for step in range(depth[row][chain])]
            chained = [(_MIXED[op[row]], level[row], bool(sign[row])) for op, level, sign in drawn]
            mixed += np.float32(weights[row, chain]) * change(image, chained, NARROW, fill)
        mixed = np.float32(share[row]) * image + np.float32(1 - share[row]) * mixed
        out.append(np.clip(mixed + 0.5, 0, 255).astype(np.uint8))
    return out
