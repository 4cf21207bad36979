"""How does a stem begin with the whitening of the images' patches?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from residua.data.feed.loader import Batches
from residua.errors import TrainError
from residua.nn import ResNet

MOST_PIXELS = 5000 * 32 * 32  # of the images that are looked at: Jordan 2024 takes 5,000 of CIFAR-10's
PART_BYTES = 2**27  # of their patches in float64
LEAST_VARIANCE = 5e-4  # added to every component's: what hardly varies is noise, not to be blown up (Jordan 2024)


@torch.no_grad()
def whiten_stem(model: ResNet, batches: Batches) -> None:
    """Let the first convolution tell apart the principal components of its patches, each of unit variance.

    Its filters are the components of k×k patches of the training images, the strongest first, each followed by its
    negative, since a ReLU lets only one sign pass (Page 2018 part 8; Jordan 2024 §3.2); channels beyond twice the
    number of components keep their random filters.

    batches: the training images as the network sees them. Raises TrainError for a stem of several convolutions, or one
    that standardises its weights.
    """
    conv = model.conv1
    if not isinstance(conv, nn.Conv2d):
        raise TrainError(f"--whiten needs a stem of one convolution, not stem={model.spec.stem!r}")
    require_plain_weights(model, "--whiten")
    filters = principal_filters(some_images(batches), conv.kernel_size[0])
    paired = torch.stack([filters, -filters], dim=1).flatten(0, 1)[: conv.out_channels]
    conv.weight[: len(paired)] = paired.to(conv.weight)


def principal_filters(images: torch.Tensor, kernel: int) -> torch.Tensor:
    """Return (C·k², C, k, k): the principal components of all k×k patches of (N, C, H, W), scaled to unit variance."""
    channels = images.shape[1]
    total = torch.zeros(channels * kernel**2, channels * kernel**2, dtype=torch.float64)
    count = 0
    patch_bytes = 8 * channels * kernel**2
    for part in torch.split(images, max(1, PART_BYTES // (patch_bytes * images[0, 0].numel()))):
        patches = F.unfold(part, kernel).transpose(1, 2).flatten(0, 1).double()  # (patches, C·k²)
        total += patches.T @ patches
        count += len(patches)
    variances, components = torch.linalg.eigh(total / count)  # ascending, in columns
    scaled = components / (variances.clamp(min=0) + LEAST_VARIANCE).sqrt()
    filters: torch.Tensor = scaled.flip(1).T.reshape(-1, channels, kernel, kernel).float()
    return filters


def some_images(batches: Batches) -> torch.Tensor:
    """Return images of the split, evenly spread, of at most MOST_PIXELS together; the same ones in every process."""
    most = max(1, MOST_PIXELS // batches.preprocessing.size**2)
    places = np.linspace(0, len(batches.indices) - 1, min(most, len(batches.indices))).astype(np.int64)
    some = replace(batches, indices=batches.indices[places], rank=0, world=1, device="cpu")
    return torch.cat([batch.images for batch in some.epoch(0)])


def require_plain_weights(model: ResNet, flag: str) -> None:
    """Raise TrainError where convolutions standardise their weights (Qiao 2019): what `flag` sets would be undone."""
    if model.spec.weight_standardization:
        raise TrainError(f"{flag} sets weights that weight_standardization=True changes in every step: leave out one")
