"""Which pictures and trainings do the trained studies use? No torch: the command line is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

_AT_LEAST_ONE = Parameter(validator=Number(gte=1))


@dataclass(frozen=True)
class TrainingOptions:
    """Of depth, identity, lesion, shortcut and landscape: what their networks learn from, and how long.

    Parameters
    ----------
    data
        Data set whose pictures the networks learn from: one with test pictures and at most ten classes.
    root
        Where its files lie.
    pixels
        Side that pictures are brought to.
    images
        How many training pictures, and at most how many test pictures.
    epochs
        Passes over them; default: 4, with --full 16.
    layers
        Depths to train, two or more of 6n + 2; default: 20 and 56, with --full 110 too.
    precision
        auto, fp32, bf16, fp16.
    full
        The longer study: more layers and epochs, learning rates chosen anew, more variants.
    """

    data: str = "cifar10"
    root: str | None = None
    pixels: Annotated[int, Parameter(validator=Number(gte=4))] = 16
    images: Annotated[int, Parameter(validator=Number(gte=2))] = 10_240
    epochs: Annotated[int | None, _AT_LEAST_ONE] = None
    layers: tuple[int, ...] = ()
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    full: bool = False
