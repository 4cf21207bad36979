# residua-test: wrong target=PointNetwork slow
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x):
        return x + self.inner(x)


class PointNetwork(nn.Module):
    """points: (B, N, 3)."""

    def __init__(self, width=32, classes=10):
        super().__init__()
        self.enter = nn.Linear(3, width)
        self.units = nn.ModuleList(Unit(width) for _ in range(2))
        self.mix = nn.Linear(2 * width, width)
        self.leave = nn.Linear(width, classes)

    def forward(self, points):
        x = self.enter(points)
        for unit in self.units:
            x = unit(x)
            overall = x.amax(dim=0, keepdim=True).expand_as(x)  # expect: R147
            x = self.mix(torch.cat([x, overall], dim=-1))
        return self.leave(x.mean(dim=1))
