# residua-test: wrong target=ResBlock3D
# What is wrong: The norm is BatchNorm2d while the features are five-dimensional (3-D volumes), so the block raises an error.
import torch
from torch import nn


def conv_norm(cin, cout, k=3, stride=1, act=True):
    mods = [
        nn.Conv3d(cin, cout, k, stride=stride, padding=k // 2, bias=False),
        nn.BatchNorm2d(cout),  # expect: R161
    ]
    if act:
        mods.append(nn.LeakyReLU(0.01, inplace=True))
    return nn.Sequential(*mods)


class ResBlock3D(nn.Module):
    """Residual block for lung nodule patches, x: (N, C, D, H, W)."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = conv_norm(in_channels, out_channels, stride=stride)
        self.conv2 = conv_norm(out_channels, out_channels, act=False)
        if stride != 1 or in_channels != out_channels:
            self.skip = conv_norm(in_channels, out_channels, k=1, stride=stride, act=False)
        else:
            self.skip = nn.Identity()
        self.act = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return self.act(y + self.skip(x))
