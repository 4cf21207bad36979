# residua-test: right target=Block
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = None
        self.maps = []

    def forward(self, x):
        self.maps = []
        y = self.conv1(x)
        self.maps.append(y)
        y = self.conv2(F.relu(y))
        self.last = y
        return x + y
