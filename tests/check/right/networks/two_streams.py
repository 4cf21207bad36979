# residua-test: right target=TwoStreamEncoder
from torch import nn


class Coupled(nn.Module):
    def __init__(self, f, g):
        super().__init__()
        self.f, self.g = f, g

    def forward(self, left, right):
        left = left + self.f(right)
        right = right + self.g(left)
        return left, right


def branch(width):
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))


class TwoStreamEncoder(nn.Module):
    """Gomez 2017, on tokens: both streams start from one input."""

    def __init__(self, width=32, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList(Coupled(branch(width), branch(width)) for _ in range(depth))

    def forward(self, tokens):
        left = right = tokens
        for block in self.blocks:
            left, right = block(left, right)
        return (left + right) / 2
