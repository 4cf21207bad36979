# residua-test: wrong target=GBlock
# What is wrong: the main path is upsampled but the shortcut is not
import torch
import torch.nn as nn
import torch.nn.functional as F


class GBlock(nn.Module):
    """SNGAN generator block: BN-ReLU-(up)-conv-BN-ReLU-conv plus shortcut."""

    def __init__(self, in_channels, out_channels, upsample=True):
        super().__init__()
        self.upsample = upsample
        self.learnable_sc = in_channels != out_channels or upsample
        self.b1 = nn.BatchNorm2d(in_channels)
        self.c1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.b2 = nn.BatchNorm2d(out_channels)
        self.c2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if self.learnable_sc:
            self.c_sc = nn.Conv2d(in_channels, out_channels, 1)  # expect

    def residual(self, x):
        h = F.relu(self.b1(x))
        if self.upsample:
            h = F.interpolate(h, scale_factor=2)  # expect
        h = self.c1(h)
        return self.c2(F.relu(self.b2(h)))

    def shortcut(self, x):  # expect
        return self.c_sc(x) if self.learnable_sc else x  # expect

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)  # expect: R114
