# residua-test: wrong target=ResidualConv
# What is wrong: the condition is inverted: identity when channels differ, projection when they agree
from dataclasses import dataclass
import torch
from torch import nn


class ResidualConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, groups: int = 8):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.act = nn.SiLU()
        if in_channels == out_channels:  # expect: R114
            self.skip = nn.Conv2d(in_channels, out_channels, 1)  # expect
        else:
            self.skip = nn.Identity()  # expect

    def forward(self, x):
        h = self.conv1(self.act(self.norm1(x)))
        h = self.conv2(self.act(self.norm2(h)))
        return self.skip(x) + h  # expect
