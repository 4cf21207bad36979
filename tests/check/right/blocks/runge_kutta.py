# residua-test: right target=RK4Block
import torch
from torch import nn


class RK4Block(nn.Module):
    def __init__(self, channels=32, h=1.0):
        super().__init__()
        self.f = nn.Sequential(nn.GroupNorm(4, channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.h = h

    def forward(self, x):
        h = self.h
        k1 = self.f(x)
        k2 = self.f(x + h / 2 * k1)
        k3 = self.f(x + h / 2 * k2)
        k4 = self.f(x + h * k3)
        return x + h / 6 * (k1 + k2 + k2 + k3 + k3 + k4)
