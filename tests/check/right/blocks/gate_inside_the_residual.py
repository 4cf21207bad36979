# residua-test: right target=Unit
import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    """The gate's own skip is that of the residual, the block's is that of the input."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.gate = nn.Conv2d(channels, 1, 1)

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        h = h * (1 + torch.sigmoid(self.gate(h)))
        return F.relu(h + x)
