# residua-test: right target=GatedResidual
import torch
from torch import nn


class GatedResidual(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)
        )
        self.gate = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x):
        f = self.body(x)
        g = torch.sigmoid(self.gate(torch.cat([x, f], 1)))
        return g * f + (1 - g) * x
