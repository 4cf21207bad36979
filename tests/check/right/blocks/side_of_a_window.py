# residua-test: right target=WindowMean
import torch
import torch.nn as nn
import torch.nn.functional as F


class WindowMean(nn.Module):
    """Adds to each pixel what its window holds in the mean."""

    def __init__(self, dim, window=4):
        super().__init__()
        self.window = window
        self.mix = nn.Sequential(nn.Conv2d(dim, dim, 1), nn.GELU(), nn.Conv2d(dim, dim, 1))

    def forward(self, x):
        b, c, h, w = x.shape
        k = self.window
        tiles = x.reshape(b, c, h // k, k, w // k, k)
        means = tiles.mean((3, 5))
        return x + F.interpolate(self.mix(means), scale_factor=k)
