# residua-test: right target=OptimizedBlock
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm as sn


class OptimizedBlock(nn.Module):
    """First block of the SNGAN discriminator: no activation on the image, pooled shortcut."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.c1 = sn(nn.Conv2d(in_channels, out_channels, 3, 1, 1))
        self.c2 = sn(nn.Conv2d(out_channels, out_channels, 3, 1, 1))
        self.c_sc = sn(nn.Conv2d(in_channels, out_channels, 1, 1, 0))

    def residual(self, x):
        h = F.relu(self.c1(x))
        return F.avg_pool2d(self.c2(h), 2)

    def shortcut(self, x):
        return self.c_sc(F.avg_pool2d(x, 2))

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)
