# residua-test: wrong target=DarkUnit args=channels=64
# What is wrong: The input is added in place to the branch result and then added again on return, so the block computes F(x) + 2x instead of F(x) + x
import torch
import torch.nn as nn


class ConvBnLeaky(nn.Module):
    def __init__(self, c_in, c_out, k, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, k, stride=s, padding=k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c_out)
        self.act = nn.LeakyReLU(0.1)

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class DarkUnit(nn.Module):
    """Residual unit of Darknet-53: 1x1 squeeze, 3x3 expand, identity skip."""

    def __init__(self, channels):
        super().__init__()
        mid = channels // 2
        self.squeeze = ConvBnLeaky(channels, mid, 1)
        self.expand = ConvBnLeaky(mid, channels, 3)

    def forward(self, x):
        out = self.expand(self.squeeze(x))
        out += x  # expect
        return x + out  # expect: R105
