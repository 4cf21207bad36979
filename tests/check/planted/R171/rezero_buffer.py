# residua-test: wrong target=RZ
import torch
import torch.nn as nn


class RZ(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.register_buffer("alpha", torch.zeros(1))  # expect

    def forward(self, x):
        return x + self.alpha * self.f(x)  # expect: R171
