"""Which 8-bit levels have the pixels of a loaded Pillow image of any mode? They are converted strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from residua.data.pixels.bounds import STRIP, opened, strips
from residua.data.pixels.depth import scaled
from residua.data.pixels.headers import has_alpha
from residua.preprocessing import FULL_DEPTH, Pixels


def as_uint8(image: Image.Image, channels: int, bits: int = FULL_DEPTH) -> Pixels:
    """Return a loaded Pillow image of any mode as (H, W, channels) uint8; transparent parts become white."""
    convert = _converter(image, bits)
    out = np.empty((image.height, image.width, channels), np.uint8)
    for place, strip in strips(image):
        out[place] = adapt_channels(convert(strip, channels), channels)
    return out


def is_clear(data: bytes) -> bool:
    """Say whether some pixel of an image that can be decoded is not opaque."""
    with opened(data) as image:
        image.load()
        parts = strips(image) if has_alpha(image) else ()
        return any(bool(np.asarray(strip.convert("RGBA"))[..., 3].min() < 255) for _, strip in parts)


def adapt_channels(pixels: Pixels, channels: int) -> Pixels:
    """Return (…, C) uint8 with `channels` channels: grey is repeated, colour becomes its ITU-R 601 luma."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels[..., :1], 3, axis=-1)
    rows = pixels.reshape(-1, *pixels.shape[-2:])
    out = np.empty((*rows.shape[:-1], 1), np.uint8)
    step = max(1, STRIP // max(1, rows.shape[1]))
    for first in range(0, len(rows), step):  # the sums take four bytes a level
        out[first : first + step] = _luma(rows[first : first + step])
    return out.reshape(*pixels.shape[:-1], 1)


def _luma(pixels: Pixels) -> Pixels:
    rgb = pixels.astype(np.uint32)
    luma = (rgb[..., 0] * 19595 + rgb[..., 1] * 38470 + rgb[..., 2] * 7471 + 0x8000) >> 16
    return luma.astype(np.uint8)[..., None]


def _converter(image: Image.Image, bits: int) -> Callable[[Image.Image, int], Pixels]:
    """Return what makes (rows, W, 1 or 3) uint8 of a strip of this image, for a number of channels."""
    if image.mode == "F":
        top = max(float(np.nan_to_num(np.asarray(strip)).max()) for _, strip in strips(image))
        return lambda strip, _: _of_floats(strip, top)
    if image.mode.startswith("I"):
        return lambda strip, _: scaled(np.asarray(strip), bits)[..., None]
    if image.mode == "LAB":
        return _of_lab()
    return _of_alpha if has_alpha(image) else _of_colours


def _of_floats(strip: Image.Image, top: float) -> Pixels:
    """Map floats 0…1, or 0…255 where `top`, the largest, is above 2, onto 0…255 (Pillow itself would only clip).

    Above 1 lie pictures in 0…1 that were resampled, whose edges overshoot; of 255 levels, two would be black.
    """
    values = np.nan_to_num(np.asarray(strip)) * (255.0 if top <= 2.0 else 1.0)
    levels: Pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return levels[..., None]


def _of_alpha(strip: Image.Image, channels: int) -> Pixels:
    upper = strip.convert("RGBA")
    return _of_colours(Image.alpha_composite(Image.new("RGBA", upper.size, (255, 255, 255, 255)), upper), channels)


def _of_colours(strip: Image.Image, channels: int) -> Pixels:
    pixels = np.asarray(strip.convert("RGB" if channels == 3 else "L"))
    return pixels if channels == 3 else pixels[..., None]


def _of_lab() -> Callable[[Image.Image, int], Pixels]:
    from PIL import ImageCms

    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")

    def convert(strip: Image.Image, channels: int) -> Pixels:
        made: Any = ImageCms.applyTransform(strip, transform)
        return _of_colours(made, channels)

    return convert
