# residua-test: wrong target=ResidualUnit
# What is wrong: the projection is made only when the channels differ, so a strided unit with equal channels adds tensors of two sizes and fails
import torch
from torch import nn


class ResidualUnit(nn.Module):
    """conv-bn-relu-conv-bn + shortcut.

    Args:
        in_channels, out_channels: channels
        stride: stride of the unit, 1 keeps the size and 2 halves it
    """

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential()
        if in_channels != out_channels:  # expect: R114
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))
