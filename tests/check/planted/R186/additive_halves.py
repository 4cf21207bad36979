# residua-test: wrong target=Coupling right=blocks/coupling_additive
import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        half = channels // 2
        self.f = nn.Sequential(nn.Conv2d(half, half, 3, padding=1), nn.ReLU(), nn.Conv2d(half, half, 3, padding=1))
        self.g = nn.Sequential(nn.Conv2d(half, half, 3, padding=1), nn.ReLU(), nn.Conv2d(half, half, 3, padding=1))

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=1)
        x1 = y1 - self.f(y2)  # expect: R186
        x2 = y2 - self.g(y1)
        return torch.cat([x1, x2], dim=1)
