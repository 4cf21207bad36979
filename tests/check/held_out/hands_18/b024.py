# residua-test: wrong target=DBlock
# What is wrong: The 1x1 shortcut exists only when downsampling; a block that changes channels without downsampling (the option) adds mismatched channels and fails.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class DBlock(nn.Module):
    """SNGAN discriminator block"""

    def __init__(self, in_channels, out_channels, downsample=True, preactivation=True):
        super().__init__()
        self.downsample = downsample
        self.preactivation = preactivation
        self.conv1 = sn(nn.Conv2d(in_channels, out_channels, 3, 1, 1))
        self.conv2 = sn(nn.Conv2d(out_channels, out_channels, 3, 1, 1))
        self.learnable_sc = downsample  # expect: R114
        if self.learnable_sc:
            self.conv_sc = sn(nn.Conv2d(in_channels, out_channels, 1, 1, 0))

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.conv_sc(x)
        if self.downsample:
            x = F.avg_pool2d(x, 2)
        return x

    def residual(self, x):
        h = F.relu(x) if self.preactivation else x
        h = self.conv1(h)
        h = self.conv2(F.relu(h))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)
