# residua-test: wrong target=DarkStage
# What is wrong: The shortcut is added twice (inside the block body and again at return), so each block doubles its input and the activations grow as 2^n.
import torch
from torch import nn


class ConvBN(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2, eps=0.001, momentum=0.03)
        self.act = nn.LeakyReLU(0.1, inplace=True)

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class DarkResidual(nn.Module):
    """1x1 -> 3x3 with shortcut"""

    def __init__(self, in_channels):
        super().__init__()
        half = in_channels // 2
        self.conv1 = ConvBN(in_channels, half, 1)
        self.conv2 = ConvBN(half, in_channels, 3)

    def forward(self, x):
        residual = x
        out = self.conv1(x)
        out = self.conv2(out) + residual
        return out + residual  # expect: R105


class DarkStage(nn.Module):
    def __init__(self, c1, c2, n=1):
        super().__init__()
        self.down = ConvBN(c1, c2, 3, 2)
        self.blocks = nn.Sequential(*(DarkResidual(c2) for _ in range(n)))

    def forward(self, x):
        return self.blocks(self.down(x))
