# residua-test: right target=ReversibleBlock args='dim=32, n_tokens=10'
# Why it is right: Reversible block: the second half uses the new first half, the inverse subtracts in the opposite order, and no tensor is added to itself.
import torch
import torch.nn as nn


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(dim), fn

    def forward(self, x):
        return self.fn(self.norm(x))


class MixTokens(nn.Module):
    def __init__(self, n_tokens):
        super().__init__()
        self.mix = nn.Linear(n_tokens, n_tokens)

    def forward(self, x):
        return self.mix(x.transpose(1, 2)).transpose(1, 2)


class ReversibleBlock(nn.Module):
    """Two streams packed along the features: (B, N, 2 * dim)."""

    def __init__(self, dim=32, n_tokens=10):
        super().__init__()
        self.f = PreNorm(dim, MixTokens(n_tokens))
        self.g = PreNorm(dim, nn.Sequential(
            nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)))

    def forward(self, x):
        x1, x2 = x.chunk(2, dim=-1)
        x1 = x1 + self.f(x2)
        x2 = x2 + self.g(x1)
        return torch.cat((x1, x2), dim=-1)

    def inverse(self, y):
        y1, y2 = y.chunk(2, dim=-1)
        y2 = y2 - self.g(y1)
        y1 = y1 - self.f(y2)
        return torch.cat((y1, y2), dim=-1)
