# residua-test: right target=Down
import math

import torch
from torch import nn


class Down(nn.Module):
    def __init__(self, in_channels=64, out_channels=128):
        super().__init__()
        self.skip = nn.Conv2d(in_channels, out_channels, 1, stride=2)
        self.conv1 = nn.Conv2d(in_channels, in_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(in_channels, out_channels, 3, padding=1, stride=2)

    def forward(self, x):
        y = self.conv2(torch.relu(self.conv1(x)))
        return (y + self.skip(x)) / math.sqrt(2)
