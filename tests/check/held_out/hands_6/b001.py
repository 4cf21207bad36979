# residua-test: right target=ReversibleBlock
import torch
from torch import nn


def bottleneck(ch):
    return nn.Sequential(nn.GroupNorm(2, ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1, bias=False))


class ReversibleBlock(nn.Module):
    def __init__(self, channels=16, f=None, g=None):
        super().__init__()
        half = channels // 2
        self.f = f if f is not None else bottleneck(half)
        self.g = g if g is not None else bottleneck(half)

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat((y1, y2), dim=1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat((x1, x2), dim=1)
