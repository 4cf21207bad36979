# residua-test: right target=ReversibleBlock args=channels=32
import torch
from torch import nn


class Branch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x):
        return self.conv2(torch.relu(self.bn2(self.conv1(torch.relu(self.bn1(x))))))


class ReversibleBlock(nn.Module):
    """Each half of the channels is the other one's shortcut, as in RevNet; the argument counts both."""

    def __init__(self, channels):
        super().__init__()
        self.f, self.g = Branch(channels // 2), Branch(channels // 2)

    def forward(self, x):
        first, second = x.chunk(2, dim=1)
        first = first + self.f(second)
        return torch.cat([first, second + self.g(first)], 1)
