# residua-test: right target=TwoGates
import torch
import torch.nn as nn
import torch.nn.functional as F


class TwoGates(nn.Module):
    """Residual attention of Wang 2017: (1 + M) · T beside the input of both."""

    def __init__(self, channels):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        )
        self.mask = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x + (1 + self.mask(x)) * self.trunk(x)
