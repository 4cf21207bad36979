# residua-test: wrong target=SpatialGateUnit
# What is wrong: The spatial attention map is multiplied without the sigmoid, so it is an unbounded signed factor and not a gate
import torch
import torch.nn as nn


class SpatialAttention(nn.Module):
    """Spatial attention gate of CBAM."""

    def __init__(self, kernel_size=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x):
        pooled = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], dim=1)
        gate = self.conv(pooled)  # expect
        return x * gate  # expect: R202


class SpatialGateUnit(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels),
        )
        self.attention = SpatialAttention()

    def forward(self, x):
        return torch.relu(x + self.attention(self.branch(x)))
