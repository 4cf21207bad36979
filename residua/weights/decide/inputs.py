"""Which images does the judge show to a network? Always the same 32."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

COUNT = 32
KINDS = ("photographs", "noise")  # noise: of a Gaussian with mean 0 and variance 1
ENLARGED = (1, 2, 4, 6)  # an image's pixel is the mean of so many pixels squared: from blades of grass to whole roofs


@functools.cache
def images(kind: str, side: int, channels: int) -> Tensor:
    """Return 32 images of a kind as a network reads them, (32, channels, side, side): made once."""
    import torch

    if kind == "photographs":
        return whitened(photographs(channels, side))
    return torch.randn(COUNT, channels, side, side, generator=torch.Generator().manual_seed(0))


def photographs(channels: int, size: int) -> Tensor:
    """Return (32, channels, size, size) crops of the two photographs in scikit-learn's wheel, of pixels in 0…1.

    They are taken on four scales. One channel is the mean of the three; beyond three they repeat.
    """
    import torch

    draw = np.random.default_rng(0)
    pictures = [_picture(name) for name in ("china.jpg", "flower.jpg")]
    crops = []
    for number in range(COUNT):
        picture, scale = pictures[number % 2], ENLARGED[number // 2 % len(ENLARGED)]
        side = size * scale
        top, left = (int(draw.integers(0, picture.shape[axis] - side + 1)) for axis in (0, 1))
        crop = picture[top : top + side, left : left + side].reshape(size, scale, size, scale, 3).mean((1, 3))
        crops.append(crop.mean(2, keepdims=True) if channels == 1 else crop[:, :, np.arange(channels) % 3])
    return torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2) / 255).float().contiguous()


def whitened(images: Tensor) -> Tensor:
    """Return images whose every channel has mean 0 and variance 1 over all of them, as most code gives them."""
    mean, std = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    return (images - mean) / std


def _picture(name: str) -> np.ndarray:
    """Return a photograph as (H, W, 3) float64; scikit-learn itself is not imported, which takes a second."""
    from PIL import Image

    package = importlib.util.find_spec("sklearn")
    assert package is not None, "scikit-learn is a requirement of residua"
    assert package.origin is not None
    with Image.open(Path(package.origin).parent / "datasets" / "images" / name) as picture:
        return np.asarray(picture.convert("RGB"), np.float64)
