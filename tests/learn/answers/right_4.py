"""Right answers to lesson 4."""

import torch
from torch import nn
from torch.nn import functional as F


def resnet_params(depths, widths, num_classes):
    count, before = 7 * 7 * 3 * widths[0] + 2 * widths[0], widths[0]
    for depth, width in zip(depths, widths, strict=True):
        for _ in range(depth):
            count += 9 * before * width + 9 * width * width + 4 * width
            count += before * width + 2 * width if before != width else 0
            before = width
    return count + before * num_classes + num_classes


def zero_pad(x, channels, stride):
    x = x[:, :, ::stride, ::stride]
    return torch.cat([x, x.new_zeros(len(x), channels - x.shape[1], *x.shape[2:])], 1)


class Bottleneck(nn.Module):
    def __init__(self, in_channels, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != 4 * channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, 4 * channels, 1, stride, bias=False), nn.BatchNorm2d(4 * channels)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))
