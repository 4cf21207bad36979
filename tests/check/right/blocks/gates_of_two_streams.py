# residua-test: right target=Fuse
import torch
import torch.nn as nn
import torch.nn.functional as F


class Fuse(nn.Module):
    """Each stream takes from the other what its gate lets through, and keeps itself once."""

    def __init__(self, channels):
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 3, padding=1)
        self.b = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x):
        one, two = self.a(x), self.b(x)
        g = torch.sigmoid(self.gate(torch.cat([one, two], 1)))
        return x + one * (1 + g) + two * (2 - g)
