"""How were the pixels normalised that the network read? Its first norm has stored what the first kernels made of them.

The mean of what a kernel gives is the mean of the pixels times the kernel's sum, so that the stored means of all
channels give the mean of each colour, normalised, by least squares. How far they spread shows how pixels were scaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from residua.preprocessing import PRESETS
from residua.spec import ResNetSpec
from residua.weights.decide.inputs import photographs
from residua.weights.files.opened import Declared

if TYPE_CHECKING:
    from residua.nn import ResNet

Colours = npt.NDArray[np.float64]  # a number for each of the three channels

# All numbers below: docs/weights.md, "What the first norm says of the pixels".
# {preset: (least, most) mean of all pixels as normalised, (least, most) contrast}, the contrast as `_contrast` has it.
SCALES = {
    "0…255": ((40, 200), (-4.6, -3.6)),
    "0…1": ((0.2, 0.65), (1.2, 1.9)),
    "half": ((-0.4, 0.3), (0.62, 1.25)),
    "standard": ((-0.7, 0.4), (-0.6, 0.55)),  # trained networks have -0.4 to 0.46 there, those of half 0.88 to 1.2
}
CIFAR = ("imagenet", "cifar10", "cifar10, one number for all channels")  # what code normalises CIFAR's images with
CIFAR_MEAN = np.array(PRESETS["cifar10"][0])
NEAR = 0.06  # of the mean of a colour: right ones are off by up to 0.05
APART = 0.03  # by which the next must be farther
LOST = (0.0, 0.1, 0.2, 0.3)  # of the image, cropped for zeros after normalising
BLACK = (0.0, 0.04, 0.07, 0.1, 0.13, 0.16)  # of the image, cropped for black before normalising
BGR = "the first norm has stored what images with their channels as B, G, R give: residua feeds R, G, B"


@dataclass(frozen=True)
class Normalised:
    """How pixels were normalised: declared as mean and std, or None where several presets would do.

    doubts: in words, of the order of the channels.
    """

    declared: Declared | None
    doubts: tuple[str, ...] = ()


def normalised(model: ResNet) -> Normalised:
    """Return what the first norm of `model` shows of the pixels: nothing unless they have three channels, nor where the
    network is pre-activated."""
    if model.spec.in_channels != 3 or model.spec.preactivation:
        return Normalised(None)
    colours, contrast = _seen(model)
    scale = next(
        (
            name
            for name, ((dark, bright), (least, most)) in SCALES.items()
            if dark <= colours.mean() <= bright and least <= contrast <= most
        ),
        None,
    )
    if scale is None:
        return Normalised(None)
    presets = (scale,) if scale != "standard" else CIFAR
    if not _reads_cifar(model.spec):
        return Normalised(_as_declared(presets[0], "the first norm") if len(presets) == 1 else None)
    off = {key: _off(colours, *key) for key in product(presets, (1, -1))}
    best, order = min(off, key=lambda key: off[key])
    if order == -1 and off[best, order] + APART <= min(value for (_, way), value in off.items() if way == 1):
        return Normalised(None, (BGR,))
    if scale != "standard":
        return Normalised(_as_declared(scale, "the first norm"))
    others = min(value for (name, way), value in off.items() if name != best and way == 1)
    near = off[best, 1] <= NEAR and off[best, 1] + APART <= others
    return Normalised(_as_declared(best, "the first norm, if it saw CIFAR's images,") if near else None)


def _reads_cifar(spec: ResNetSpec) -> bool:
    """Return whether stem and classes are those of networks for CIFAR-10: their images' mean is known."""
    return spec.stem == "3x3" and spec.num_classes == 10


def _as_declared(preset: str, by: str) -> Declared:
    mean, std = PRESETS[preset]
    return Declared({"mean": list(mean), "std": list(std)}, by)


def _seen(model: ResNet) -> tuple[Colours, float]:
    """Return the mean of each channel's pixels as the network read them, and their contrast.

    The contrast is log(a/b), the median over channels: a as photographs normalised for CIFAR-10 spread, b as stored.
    """
    import torch
    from torch import nn

    conv = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    norm = next(module for module in model.modules() if isinstance(module, nn.BatchNorm2d))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in PRESETS["cifar10"])
    with torch.inference_mode():
        images = (photographs(3, 32 if model.spec.stem == "3x3" else 64) - mean) / std
        variance = torch.var(conv(images), dim=(0, 2, 3))
        live = norm.running_var > norm.running_var.median() / 1000  # a channel that is as good as constant says nothing
        stored = norm.running_var[live].sqrt()
        sums, means = conv.weight.sum((2, 3))[live], norm.running_mean[live]
        means = means if conv.bias is None else means - conv.bias[live]
        contrast = float(torch.log(variance[live].sqrt() / stored).median())
        sums, means = (sums / stored[:, None]).double(), (means / stored).double()
    return np.linalg.lstsq(sums.numpy(), means.numpy(), rcond=None)[0], contrast


def _off(colours: Colours, preset: str, order: int) -> float:
    """Return by how much the farthest colour is off what CIFAR's images give, normalised by `preset`; order -1: BGR."""
    mean, std = (np.array(values) for values in PRESETS[preset])
    centred, black = (CIFAR_MEAN[::order] - mean) / std, mean / std
    scale = 1 / std.mean() if preset in ("0…1", "0…255") else 1.0
    if not black.any():  # black is 0, as what was cropped
        black = centred
    ways = [(1 - lost) * centred for lost in LOST] + [centred - part * black for part in BLACK]
    return min(float(np.abs(colours - way).max()) for way in ways) / scale
