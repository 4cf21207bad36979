# residua-test: wrong target=GenBlock
# What is wrong: The main path doubles the resolution but the shortcut is not upsampled, so the two cannot be added.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GenBlock(nn.Module):
    """Upsampling residual block of an SNGAN-like generator."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_sc = nn.Conv2d(in_channels, out_channels, 1)
        for m in (self.conv1, self.conv2):
            nn.init.xavier_uniform_(m.weight, gain=2 ** 0.5)
        nn.init.xavier_uniform_(self.conv_sc.weight)

    @staticmethod
    def up(x):
        return F.interpolate(x, scale_factor=2, mode="nearest")

    def residual(self, x):
        h = F.relu(self.bn1(x))
        h = self.conv1(self.up(h))
        h = F.relu(self.bn2(h))
        return self.conv2(h)

    def shortcut(self, x):
        return self.conv_sc(x)  # expect: R114

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)
