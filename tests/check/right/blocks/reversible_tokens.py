# residua-test: right target=ReversibleTokens args=dim=24,count=10
import torch
import torch.nn as nn


class Mixed(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.mix = nn.Linear(count, count)

    def forward(self, x):
        return self.mix(x.transpose(1, 2)).transpose(1, 2)


class ReversibleTokens(nn.Module):
    """Two streams side by side along the features: (B, N, 2 * dim)."""

    def __init__(self, dim, count):
        super().__init__()
        self.f = nn.Sequential(nn.LayerNorm(dim), Mixed(count))
        self.g = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        first, second = x.chunk(2, dim=-1)
        first = first + self.f(second)
        second = second + self.g(first)
        return torch.cat((first, second), dim=-1)
