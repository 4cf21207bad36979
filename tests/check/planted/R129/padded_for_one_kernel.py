# residua-test: wrong target=Unit right=blocks/kernel_handed_on
import torch
from torch import nn


class Unit(nn.Module):
    """kernel_size: an odd number, 3, 5 or 7"""

    def __init__(self, channels, kernel_size=3):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size, padding=1, bias=False),  # expect: R129 warning
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return torch.relu(x + self.body(x))
