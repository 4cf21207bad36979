# residua-test: wrong target=Down
import torch
import torch.nn as nn
import torch.nn.functional as F


class Down(nn.Module):
    """Halves the map and doubles the channels."""

    def __init__(self, channels, use_norm=True):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1)
        self.skip = nn.Conv2d(channels, 2 * channels, 1, stride=2)
        if use_norm:
            self.norm1 = nn.BatchNorm2d(2 * channels)
            self.norm2 = nn.BatchNorm2d(2 * channels)

    def forward(self, x):
        h = F.relu(self.norm1(self.conv1(x)))  # expect: R161
        h = self.norm2(self.conv2(h))
        return F.relu(h + self.skip(x))
