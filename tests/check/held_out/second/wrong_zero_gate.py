# residua-test: wrong target=WrongZeroGate
import torch
import torch.nn as nn


class WrongZeroGate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.alpha * x + self.f(x)  # expect: R152
