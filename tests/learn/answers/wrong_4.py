"""Wrong answers to lesson 4: a projection in stage 1 too, zeros in front, no expansion."""

import torch
from torch import nn


def resnet_params(depths, widths, num_classes):
    count, before = 7 * 7 * 3 * widths[0] + 2 * widths[0], widths[0]
    for depth, width in zip(depths, widths, strict=True):
        count += before * width + 2 * width
        for _ in range(depth):
            count += 9 * before * width + 9 * width * width + 4 * width
            before = width
    return count + before * num_classes + num_classes


def zero_pad(x, channels, stride):
    x = x[:, :, ::stride, ::stride]
    return torch.cat([x.new_zeros(len(x), channels - x.shape[1], *x.shape[2:]), x], 1)


class Bottleneck(nn.Module):
    def __init__(self, in_channels, channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 3, stride, padding=1)

    def forward(self, x):
        return self.conv(x)
