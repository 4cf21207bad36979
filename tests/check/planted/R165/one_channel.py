# residua-test: wrong target=GatedUnit
import torch
from torch import nn


class GatedUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x):
        y = self.conv2(torch.relu(self.conv1(x)))
        weights = torch.softmax(self.gate(y), dim=1)  # expect: R165
        return x + y * weights
