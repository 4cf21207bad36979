"""How far is what flows into each batch norm from the mean and the variance that the norm has stored?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor, nn

    from residua.nn import ResNet

Row = npt.NDArray[np.float64]
TINY = 1e-5  # added to variances: a channel that is as good as constant has no ratio of them
LEAST_PART = 1e-3  # of the start, below which nobody need take it out: 66 batches at torch's momentum
LARGEST = 1.0  # a deviation beyond it is cut off: a few channels that hardly vary would outweigh all others


def deviations(model: ResNet, images: Tensor, stages: int | None = None) -> dict[str, Row]:
    """Return (μ_in − μ)/σ and log(σ_in/σ) of every channel, as (2, C), of each norm by its name, as they come.

    images: as the network reads them. stages: how many of them are looked at, or all and what follows. Each norm passes
    on what it makes of its input's own mean and variance, as in training: a deviation is then that of one step and not
    the sum of all before it, and images need not be normalised as the file's were. What the norms have stored stays as
    it is. The first norm shows that normalisation.
    """
    import torch

    found: dict[str, Row] = {}
    if model.spec.preactivation:
        images = images * _gain(model, images)
    with ExitStack() as stack, torch.inference_mode():
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                stack.enter_context(_watched(name, module, found))
        if stages is None:
            model.embed(images)
        else:
            images = model.stem(images)
            for _, stage in islice(model.layers(), stages):
                images = stage(images)
    return found


@contextmanager
def _watched(name: str, norm: nn.BatchNorm2d, found: dict[str, Row]) -> Iterator[None]:
    """Let `norm` work on its input's own statistics, and note how far they are from the stored ones."""
    import torch

    def note(x: Tensor) -> Tensor:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        out, mean, inverse = torch.native_batch_norm(x, norm.weight, norm.bias, None, None, True, 0.0, norm.eps)
        variance, stored = inverse**-2 - norm.eps, norm.running_var + TINY
        both = torch.stack([(mean - norm.running_mean) / stored.sqrt(), torch.log((variance + TINY) / stored) / 2])
        found[name] = both.clamp(-LARGEST, LARGEST).double().numpy()
        return out

    norm.forward = note  # type: ignore[assignment]
    yield
    del norm.forward


def part_of_start(model: ResNet, momentum: float) -> float:
    """Return the largest part, in what a norm has stored, of the 0 and 1 that it began with, if `momentum` is theirs.

    0 where they counted many batches, or none, or a variance is smaller than its part: it has then another momentum.
    """
    import torch

    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    parts = [_part_of_start(norm, momentum) for norm in norms]
    for norm, part in zip(norms, parts, strict=True):
        if norm.running_var is None or float(norm.running_var.min()) < part:
            return 0.0
    return max(parts, default=0.0)


def without_start(model: ResNet, momentum: float) -> None:
    """Take out of each norm's statistics, in place, what is left of the mean 0 and the variance 1 that it began with.

    After n batches they are (1 − m)ⁿ of the start and the rest of what the batches had.
    """
    import torch

    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm2d) and momentum:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            part = _part_of_start(norm, momentum)
            norm.running_mean = norm.running_mean / (1 - part)
            norm.running_var = (norm.running_var - part).clamp(min=0) / (1 - part)


def _part_of_start(norm: nn.BatchNorm2d, momentum: float) -> float:
    """Return the part of its start in what a norm has stored; 0 where it counted no batch, or so many that none is."""
    counted = 0 if norm.num_batches_tracked is None else int(norm.num_batches_tracked)
    part = (1 - momentum) ** counted if counted else 0.0
    return part if part > LEAST_PART else 0.0


def _gain(model: ResNet, images: Tensor) -> float:
    """Return the factor by which `images` vary as those did that the first norm of a pre-activated network saw.

    Its residual stream carries the stem's own scale past every norm.
    """
    import torch

    with torch.inference_mode():
        variance = torch.var(model.stem(images), dim=(0, 2, 3), correction=0)
        stored = model.get_buffer("layer1.0.bn1.running_var")
        return float(torch.log((stored + TINY) / (variance + TINY)).mean().div(2).exp())
