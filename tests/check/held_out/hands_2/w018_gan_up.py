# residua-test: wrong target=GenBlock
# What is wrong: the shortcut is projected but not upsampled while the branch is
import torch
import torch.nn as nn
import torch.nn.functional as F


class GenBlock(nn.Module):
    """SNGAN generator block (doubles the resolution)."""

    def __init__(self, in_channels, out_channels, hidden_channels=None):
        super().__init__()
        hidden_channels = hidden_channels or out_channels
        self.b1 = nn.BatchNorm2d(in_channels)
        self.c1 = nn.Conv2d(in_channels, hidden_channels, 3, 1, 1)
        self.b2 = nn.BatchNorm2d(hidden_channels)
        self.c2 = nn.Conv2d(hidden_channels, out_channels, 3, 1, 1)
        self.c_sc = nn.Conv2d(in_channels, out_channels, 1)

    def _upsample(self, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")

    def residual(self, x):
        h = F.relu(self.b1(x))
        h = self.c1(self._upsample(h))
        h = F.relu(self.b2(h))
        return self.c2(h)

    def shortcut(self, x):
        return self.c_sc(x)  # expect

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)  # expect: R114
