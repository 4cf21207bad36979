# residua-test: wrong target=ChannelGateUnit
# What is wrong: squeeze() drops the batch with the two pooled dimensions when it is 1: the 1-d convolution of the gate then gets the wrong layout and fails
import math

import torch
from torch import nn


class ChannelGateUnit(nn.Module):
    def __init__(self, channels, stride=1):
        super().__init__()
        self.depth = nn.Conv2d(channels, channels, 5, stride, 2, groups=channels, bias=False)
        self.depth_norm = nn.BatchNorm2d(channels)
        self.point = nn.Conv2d(channels, channels, 1, bias=False)
        self.point_norm = nn.BatchNorm2d(channels)
        span = int(abs(math.log2(channels) + 1) / 2)
        span += 1 - span % 2
        self.gate = nn.Conv1d(1, 1, span, padding=span // 2, bias=False)
        self.short = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = torch.relu(self.depth_norm(self.depth(x)))
        y = self.point_norm(self.point(y))
        summary = y.mean(dim=(2, 3), keepdim=True).squeeze()  # expect: R192
        weight = torch.sigmoid(self.gate(summary.unsqueeze(1)))
        y = y * weight.transpose(1, 2).unsqueeze(-1)
        return torch.relu(self.short(x) + y)
