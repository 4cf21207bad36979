"""How are the colours of a whole batch changed, and rectangles of it erased, each image in its own way?"""

from __future__ import annotations

import numpy as np

from residua.data.counter import Draw
from residua.preprocessing import Pixels

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32)
_FROM_YIQ = np.linalg.inv(_TO_YIQ).astype(np.float32)


def jitter(pixels: Pixels, strength: float, hue: float, draw: Draw) -> Pixels:
    """Change brightness, saturation, hue and contrast of each image; one 3 × 3 matrix and one offset an image.

    The factors are uniform in 1 ± strength, the hue turns by up to ± hue of the colour circle (in YIQ). Grey images
    change in brightness and contrast only.
    """
    count, channels = len(pixels), pixels.shape[3]
    factors = {
        purpose: (1 + strength * (2 * draw.uniform(f"jitter-{purpose}") - 1)).astype(np.float32)
        for purpose in ("brightness", "contrast", "saturation")
    }
    luma = _LUMA if channels == 3 else np.ones(1, np.float32)
    matrix = np.broadcast_to(np.eye(channels, dtype=np.float32), (count, channels, channels)).copy()
    if channels == 3:
        saturation = factors["saturation"][:, None, None]
        matrix = matrix * saturation + (1 - saturation) * _LUMA[None, None, :]
        matrix = _hue_matrices(hue * (2 * draw.uniform("jitter-hue") - 1)) @ matrix
    matrix *= factors["brightness"][:, None, None]
    flat = pixels.reshape(count, -1, channels)
    grey = (flat.mean(axis=1, dtype=np.float32)[:, None, :] @ matrix.transpose(0, 2, 1))[:, 0] @ luma
    matrix *= factors["contrast"][:, None, None]
    offset = (1 - factors["contrast"]) * grey
    out = flat.astype(np.float32) @ matrix.transpose(0, 2, 1)
    out += offset[:, None, None] + 0.5
    return np.clip(out, 0, 255, out=out).astype(np.uint8).reshape(pixels.shape)


def erase(pixels: Pixels, probability: float, draw: Draw, fill: tuple[int, ...]) -> Pixels:
    """Set a rectangle of 2 to 33 % of the area, aspect 0.3 to 3.3, to `fill` in a share of the images (Zhong 2017)."""
    count, height, width, _ = pixels.shape
    area = height * width * (0.02 + 0.31 * draw.uniform("erase-area"))
    aspect = np.exp(np.log(0.3) + (np.log(3.3) - np.log(0.3)) * draw.uniform("erase-aspect"))
    high = np.clip(np.round(np.sqrt(area * aspect)), 1, height).astype(np.int64)
    wide = np.clip(np.round(np.sqrt(area / aspect)), 1, width).astype(np.int64)
    top = (draw.uniform("erase-y") * (height - high + 1)).astype(np.int64)
    left = (draw.uniform("erase-x") * (width - wide + 1)).astype(np.int64)
    chosen = draw.uniform("erase") < probability
    rows = (np.arange(height) >= top[:, None]) & (np.arange(height) < (top + high)[:, None]) & chosen[:, None]
    columns = (np.arange(width) >= left[:, None]) & (np.arange(width) < (left + wide)[:, None])
    out = np.where((rows[:, :, None] & columns[:, None, :])[..., None], np.asarray(fill, np.uint8), pixels)
    return out.reshape(count, height, width, -1)


def _hue_matrices(turns: np.ndarray) -> np.ndarray:
    """Return the (n, 3, 3) matrices that rotate the two colour axes of YIQ by `turns` of the circle."""
    angle = (2 * np.pi * turns).astype(np.float32)
    rotation = np.zeros((len(turns), 3, 3), np.float32)
    rotation[:, 0, 0] = 1
    rotation[:, 1, 1] = rotation[:, 2, 2] = np.cos(angle)
    rotation[:, 1, 2], rotation[:, 2, 1] = -np.sin(angle), np.sin(angle)
    turned: np.ndarray = _FROM_YIQ @ rotation @ _TO_YIQ
    return turned
