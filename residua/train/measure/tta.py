"""What does test-time augmentation give? It is reported beside the single view of an image, never in its place."""

from __future__ import annotations

import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


class Tta(nn.Module):
    """The mean of `model`'s logits over views of (N, C, H, W) images.

    "flip": the image and its mirror image. "flip-shift": both, and both moved up-left and down-right by a 32nd of the
    side over reflected edges; the moved ones together count half (Jordan 2024).
    """

    def __init__(self, model: nn.Module, tta: str) -> None:
        super().__init__()
        self.model, self.tta = model, tta

    def forward(self, x: Tensor) -> Tensor:
        plain = self._mirrored(x)
        if self.tta == "flip":
            return plain
        by = max(1, x.shape[-1] // 32)
        padded = F.pad(x, (by, by, by, by), mode="reflect")
        height, width = x.shape[2:]
        up = self._mirrored(padded[:, :, :height, :width])
        down = self._mirrored(padded[:, :, 2 * by : 2 * by + height, 2 * by : 2 * by + width])
        return 0.5 * plain + 0.25 * (up + down)

    def _mirrored(self, x: Tensor) -> Tensor:
        mean: Tensor = 0.5 * self.model(x) + 0.5 * self.model(x.flip(3))
        return mean
