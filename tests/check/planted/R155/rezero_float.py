# residua-test: wrong target=RZ
import torch
import torch.nn as nn


class RZ(nn.Module):  # expect: R172
    def __init__(self, channels, alpha=0.0):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.alpha = nn.Parameter(torch.tensor(alpha))

    def forward(self, x):
        return x + float(self.alpha) * self.f(x)  # expect: R155
