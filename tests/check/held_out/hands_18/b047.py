# residua-test: wrong target=DarkResidualBlock
# What is wrong: The shortcut is added twice (in place, then again in the return), so the block computes f(x) + 2x.
import torch
import torch.nn as nn


class ConvBNLeaky(nn.Sequential):
    def __init__(self, c_in, c_out, k):
        super().__init__(
            nn.Conv2d(c_in, c_out, k, padding=k // 2, bias=False),
            nn.BatchNorm2d(c_out),
            nn.LeakyReLU(0.1),
        )


class DarkResidualBlock(nn.Module):
    # Darknet-53: 1x1 squeeze, 3x3 expand, shortcut
    def __init__(self, channels=32, shortcut=True):
        super().__init__()
        self.shortcut = shortcut
        mid = channels // 2
        self.conv1 = ConvBNLeaky(channels, mid, 1)
        self.conv2 = ConvBNLeaky(mid, channels, 3)

    def forward(self, x):
        out = self.conv2(self.conv1(x))
        if self.shortcut:
            out += x
        return x + out if self.shortcut else out  # expect: R105
