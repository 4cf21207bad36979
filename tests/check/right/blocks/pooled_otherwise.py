# residua-test: right target=SqueezeBlock
import torch
from torch import nn


class SqueezeBlock(nn.Module):
    """The pooling is left over: forward takes the mean itself."""

    def __init__(self, channels, ratio=4):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.narrow = nn.Conv2d(channels, channels // ratio, 1)
        self.widen = nn.Conv2d(channels // ratio, channels, 1)

    def forward(self, x):
        y = self.body(x)
        gate = torch.sigmoid(self.widen(torch.relu(self.narrow(y.mean((2, 3), keepdim=True)))))
        return torch.relu(x + y * gate)
