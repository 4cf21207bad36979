"""Right answers to lesson 1."""

import torch
from torch import nn
from torch.nn import functional as F


def params(in_channels, out_channels, stride):
    count = 9 * in_channels * out_channels + 9 * out_channels**2 + 4 * out_channels
    if stride != 1 or in_channels != out_channels:
        count += in_channels * out_channels + 2 * out_channels
    return count


def to_identity(block):
    nn.init.zeros_(block.bn2.weight)
    nn.init.zeros_(block.bn2.bias)


class ScaledBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.alpha = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return F.relu(x + self.alpha * self.conv2(F.relu(self.conv1(x))))
