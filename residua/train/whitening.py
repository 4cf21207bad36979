"""How does a stem begin with the whitening of the images' patches?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from residua.data.loader import Batches
from residua.errors import TrainError
from residua.nn import ResNet

MOST_IMAGES = 5000
LEAST_VARIANCE = 5e-4  # added to every component's: what hardly varies is noise, not to be blown up (Jordan 2024)


@torch.no_grad()
def whiten_stem(model: ResNet, batches: Batches) -> None:
    """Let the first convolution tell apart the principal components of its patches, each of unit variance.

    Its filters are the components of k×k patches of the training images, the strongest first, each followed by its
    negative, since a ReLU lets only one sign pass (Page 2018 part 8; Jordan 2024 §3.2); channels beyond twice the
    number of components keep their random filters.

    batches: the training images as the network sees them. Raises TrainError for a stem of several convolutions.
    """
    conv = model.conv1
    if not isinstance(conv, nn.Conv2d):
        raise TrainError(f"--whiten needs a stem of one convolution, not stem={model.spec.stem!r}")
    filters = principal_filters(some_images(batches), conv.kernel_size[0])
    paired = torch.stack([filters, -filters], dim=1).flatten(0, 1)[: conv.out_channels]
    conv.weight[: len(paired)] = paired.to(conv.weight)


def principal_filters(images: torch.Tensor, kernel: int) -> torch.Tensor:
    """Return (C·k², C, k, k): the principal components of all k×k patches of (N, C, H, W), scaled to unit variance."""
    channels = images.shape[1]
    total = torch.zeros(channels * kernel**2, channels * kernel**2, dtype=torch.float64)
    count = 0
    for part in images.split(500):
        patches = F.unfold(part, kernel).transpose(1, 2).flatten(0, 1).double()  # (patches, C·k²)
        total += patches.T @ patches
        count += len(patches)
    variances, components = torch.linalg.eigh(total / count)  # ascending, in columns
    scaled = components / (variances.clamp(min=0) + LEAST_VARIANCE).sqrt()
    return scaled.flip(1).T.reshape(-1, channels, kernel, kernel).float()


def some_images(batches: Batches) -> torch.Tensor:
    """Return at most MOST_IMAGES of the split's images, evenly spread."""
    places = np.linspace(0, len(batches.indices) - 1, min(MOST_IMAGES, len(batches.indices))).astype(np.int64)
    return torch.cat([batch.images for batch in replace(batches, indices=batches.indices[places]).epoch(0)])
