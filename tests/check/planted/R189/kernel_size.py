# residua-test: wrong target=Block right=blocks/kernel_handed_on
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels=64, kernel_size=3):
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError("kernel_size must be odd")
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)  # expect: R189
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(out)))
