# residua-test: wrong target=DBlock
# What is wrong: the shortcut is pooled only when it is learnable (in != out); with equal channels and downsample=True the two branches have different sizes.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm


class DBlock(nn.Module):
    """ Residual block of the projection discriminator """

    def __init__(self, in_channels, out_channels, downsample=False):
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.downsample = downsample

        self.c1 = spectral_norm(nn.Conv2d(in_channels, in_channels, 3, 1, 1))
        self.c2 = spectral_norm(nn.Conv2d(in_channels, out_channels, 3, 1, 1))
        nn.init.xavier_uniform_(self.c1.weight_orig.data, 2 ** 0.5)
        nn.init.xavier_uniform_(self.c2.weight_orig.data, 2 ** 0.5)

        self.learnable_sc = in_channels != out_channels  # expect: R114
        if self.learnable_sc:
            self.c_sc = spectral_norm(nn.Conv2d(in_channels, out_channels, 1, 1, 0))
            nn.init.xavier_uniform_(self.c_sc.weight_orig.data)

    def residual(self, x):
        h = self.c1(F.relu(x))
        h = self.c2(F.relu(h))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.c_sc(x)
            if self.downsample:
                x = F.avg_pool2d(x, 2)
        return x

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)
