# residua-test: right target=ChangeNet
import torch
from torch import nn


class Grain(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(4, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(4, width),
        )

    def forward(self, x):
        return torch.relu(x + self.path(x))


class ChangeNet(nn.Module):
    """Two pictures of one place at two times; a map of what changed."""

    def __init__(self, bands=3, width=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(bands, width, 3, padding=1), Grain(width), Grain(width))
        self.fuse = nn.Sequential(nn.Conv2d(2 * width, width, 1), nn.ReLU(), Grain(width))
        self.read = nn.Conv2d(width, 1, 1)

    def forward(self, before, after):
        a = self.encoder(before)
        b = self.encoder(after)
        return self.read(self.fuse(torch.cat([(a - b).abs(), a + b], dim=1)))
