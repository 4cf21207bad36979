# residua-test: wrong target=ReversibleBlock
# What is wrong: The inverse uses f(y2) instead of f(x2), so it does not recover the input
import torch
import torch.nn as nn


def branch(channels):
    return nn.Sequential(
        nn.GroupNorm(8, channels), nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1))


class ReversibleBlock(nn.Module):
    """RevNet block: y1 = x1 + f(x2), y2 = x2 + g(y1); inverse() rebuilds the input."""

    def __init__(self, channels=64):
        super().__init__()
        assert channels % 2 == 0
        self.f = branch(channels // 2)
        self.g = branch(channels // 2)

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(y2)  # expect: R186
        return torch.cat([x1, x2], dim=1)
