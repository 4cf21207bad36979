"""What can be asked of `load` and `convert` beyond the file?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from residua.spec import ResNetSpec
from residua.weights.image_options import NOTHING, ImageOptions

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Options:
    """How a checkpoint is to be read, and what is to be made of its network.

    spec: a name of the zoo or a spec, where the tensors leave a choice. change: fields of the spec that no tensor
    shows, laid over the answer ({"stride_on": "1x1"}). ema, prefix: which weights of several.
    num_classes: another number of classes, with a new classifier. classes: a subset, by name, of those the file names.
    in_channels: other input channels (1: summed; more: repeated). dtype: of the weights, float32 unless given.
    decide: let the statistics that batch norms have stored decide what no tensor shows.
    projection_norm: False folds the norms behind projections into them, True gives them some: the same function.
    images: how images are prepared and classes called, where the file does not say it.
    """

    spec: str | ResNetSpec | None = None
    change: Mapping[str, Any] = field(default_factory=dict)
    ema: bool = False
    prefix: str | None = None
    allow_nan: bool = False
    num_classes: int | None = None
    classes: tuple[str, ...] | None = None
    in_channels: int | None = None
    dtype: torch.dtype | None = None
    projection_norm: bool | None = None
    images: ImageOptions = NOTHING
    decide: bool = True


DEFAULTS = Options()
