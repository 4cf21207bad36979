# residua-test: wrong target=Block right=blocks/state_detached
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.prev = None

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        if self.prev is not None:
            y = y + self.prev
        self.prev = y  # expect: R217
        return x + y
