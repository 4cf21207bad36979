"""How does an image become the network's input?

A `Preprocessing` travels in every checkpoint and artifact; training, evaluating, predicting and serving all go through
it.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from residua.errors import DataError

Pixels = npt.NDArray[np.uint8]
FITS = ("crop", "pad", "stretch")
DEPTHS = (8, 10, 12, 14, 16)  # in bits: what cameras, scanners and microscopes store in files of 16
FULL_DEPTH = 16
LARGEST_SIDE = 4096  # pixels of what a network is given; ImageNet's are 224
SMALLEST_STD = 1e-6  # 1/255 is the smallest in use; much less overflows, and every score is NaN
INTERPOLATIONS = ("nearest", "box", "bilinear", "bicubic", "lanczos")


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop and normalise: what stands between a picture of any size and a (channels, size, size) tensor.

    size: side of the network's input, in pixels.
    resize: side that the shorter edge is resized to before cropping.
    mean, std: per channel, of pixels in 0…1.
    bits: of pictures with more than 8 bits a channel the levels 0…2^bits − 1 become 0…255.
    fit: how a picture that is not square becomes one: by the centre "crop"; by "pad", whole, with bars of the mean
    colour; by "stretch", whole, squeezed to size × size. The last two crop="none", which alone means "stretch".
    """

    size: int
    resize: int
    crop: Literal["center", "none"] = "center"
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    channels: int = 3
    bits: int = FULL_DEPTH
    fit: Literal["crop", "pad", "stretch"] = "crop"

    def __post_init__(self) -> None:
        if self.crop == "none" and self.fit == "crop":
            object.__setattr__(self, "fit", "stretch")
        elif self.crop == "center" and self.fit in ("pad", "stretch"):
            object.__setattr__(self, "crop", "none")
        try:
            object.__setattr__(self, "mean", tuple(float(value) for value in self.mean))
            object.__setattr__(self, "std", tuple(float(value) for value in self.std))
            problem = self._problem()
        except (TypeError, ValueError, OverflowError):
            problem = "size, resize, channels and bits are whole numbers, mean and std lists of numbers"
        if problem:
            raise DataError(f"preprocessing {asdict(self)} is not usable: {problem}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form that checkpoints and artifacts hold."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Preprocessing:
        """Read the JSON form; keys of newer versions are ignored, a missing size is a DataError."""
        known = {field.name for field in fields(cls)}
        try:
            return cls(**{key: value for key, value in document.items() if key in known})
        except TypeError as error:
            raise DataError(f"preprocessing {dict(document)!r} is not usable: {error}.") from None

    @classmethod
    def plain(cls, size: int, channels: int) -> Preprocessing:
        """Return the one that changes nothing but size and channels, without a crop where images are square."""
        return cls(size, size, mean=(0.0,) * channels, std=(1.0,) * channels, channels=channels)

    def _problem(self) -> str | None:
        for value in (self.size, self.resize, self.channels, self.bits):
            operator.index(value)
            if isinstance(value, bool):
                raise TypeError(value)
        if not (1 <= self.size <= LARGEST_SIDE and 1 <= self.resize <= LARGEST_SIDE):
            return f"size and resize are pixels, 1 to {LARGEST_SIDE}"
        if self.crop not in ("center", "none"):
            return "crop is 'center' or 'none'"
        if self.fit not in FITS:
            return f"fit is one of {', '.join(FITS)}"
        if self.bits not in DEPTHS:
            return f"bits is one of {', '.join(map(str, DEPTHS))}"
        if self.crop == "center" and self.size > self.resize:
            return f"a crop of {self.size} does not fit into {self.resize} pixels; resize must be at least size"
        if self.interpolation not in INTERPOLATIONS:
            return f"interpolation is one of {', '.join(INTERPOLATIONS)}"
        if self.channels not in (1, 3):
            return "channels is 1 or 3"
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            return f"mean and std need {self.channels} value(s) each"
        if not all(SMALLEST_STD <= value < float("inf") for value in self.std):
            return f"every std is at least {SMALLEST_STD:g}, in units of pixels in 0…1 (divide by 255)"
        if not all(abs(value) < 1e3 for value in self.mean):
            return "every mean is finite, in units of pixels in 0…1 (divide by 255)"
        return None


# What published code normalises with: mean and std, one number a channel, of pixels in 0…1.
PRESETS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "cifar10, std of images": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    # no mistake of ours: a-martyn/resnet has it, and its files reach their published accuracy with nothing else
    "cifar10, one number for all channels": ((0.49187,) * 3, (0.24697,) * 3),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5,) * 3, (0.5,) * 3),
    "0…1": ((0.0,) * 3, (1.0,) * 3),
    "0…255": ((0.0,) * 3, (1 / 255,) * 3),
    "caffe (BGR not undone)": ((0.485, 0.456, 0.406), (1 / 255,) * 3),
    "grey": ((0.1307,), (0.3081,)),
    "grey, fashion": ((0.2860,), (0.3530,)),
    "grey, half": ((0.5,), (0.5,)),
    "grey, 0…1": ((0.0,), (1.0,)),
}

# Beside mean and std: what the code bases that normalise so do to the size of an image.
IMAGENET_SIZES: Mapping[str, Any] = {"size": 224, "resize": 256}
CIFAR_SIZES: Mapping[str, Any] = {"size": 32, "resize": 32}
SIZES: Mapping[str, Mapping[str, Any]] = {
    "cifar10": CIFAR_SIZES,
    "cifar10, std of images": CIFAR_SIZES,
    "cifar10, one number for all channels": CIFAR_SIZES,
    "cifar100": CIFAR_SIZES,
    "clip": {"size": 224, "resize": 224, "interpolation": "bicubic"},
}


def preset(name: str, size: int, resize: int | None = None) -> Preprocessing:
    """Return the preprocessing that normalises as the preset `name`; `resize` is `size` unless given.

    Raises DataError for a name that is no preset.
    """
    if name not in PRESETS:
        raise DataError(f"preprocessing {name!r} is not known; expected one of {'; '.join(PRESETS)}.")
    mean, std = PRESETS[name]
    return Preprocessing(size, resize or size, mean=mean, std=std, channels=len(mean))


def normalise(pixels: Pixels, preprocessing: Preprocessing) -> npt.NDArray[np.float32]:
    """Return uint8 (N, H, W, C) images as float32 (N, H, W, C), (x / 255 − mean) / std a channel."""
    count, height, width, channels = pixels.shape
    at_once = width * (height if height * width <= 4096 else 1)  # a loop over 3 channels is slow, one over rows is not
    std = np.asarray(preprocessing.std, np.float64)
    scale = np.tile((1.0 / (255.0 * std)).astype(np.float32), at_once)
    shift = np.tile((np.asarray(preprocessing.mean, np.float64) / std).astype(np.float32), at_once)
    rows = np.ascontiguousarray(pixels).reshape(-1, at_once * channels)
    out = np.empty(rows.shape, np.float32)
    step = max(1, 49152 // rows.shape[1])  # 192 KiB of floats: all three passes find them in the cache
    for start in range(0, len(rows), step):
        part = out[start : start + step]
        part[...] = rows[start : start + step]
        part *= scale
        part -= shift
    return out.reshape(count, height, width, channels)
