# residua-test: wrong target=ConformerFeedForward
# What is wrong: The layer-scale gain is a plain tensor, not a Parameter: it is never trained, saved or moved to the device.
import torch
from torch import nn


class Swish(nn.Module):
    def forward(self, x):
        return x * x.sigmoid()


class ConformerFeedForward(nn.Module):
    """Macaron half-step feed-forward of a speech encoder with a learned per-channel gain, x: (B, T, dim)."""

    def __init__(self, dim, mult=4, dropout=0.1, init_scale=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(dim),
            nn.Linear(dim, dim * mult),
            Swish(),
            nn.Dropout(dropout),
            nn.Linear(dim * mult, dim),
            nn.Dropout(dropout),
        )
        self.scale = init_scale * torch.ones(dim)  # expect: R218

    def forward(self, x):
        return x + 0.5 * self.scale * self.net(x)
