# residua-test: right target=RevBlock
import torch
from torch import nn


class Branch(nn.Sequential):
    def __init__(self, dim):
        super().__init__(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))


class RevBlock(nn.Module):
    """A reversible sub-layer over two halves of the features, (batch, tokens, features)."""

    def __init__(self, dim=64):
        super().__init__()
        self.f = Branch(dim // 2)
        self.g = Branch(dim // 2)

    def forward(self, x):
        a, b = torch.split(x, x.shape[-1] // 2, dim=-1)
        a = a + self.f(b)
        b = b + self.g(a)
        return torch.cat((a, b), dim=-1)

    @torch.no_grad()
    def invert(self, y):
        a, b = torch.split(y, y.shape[-1] // 2, dim=-1)
        b = b - self.g(a)
        a = a - self.f(b)
        return torch.cat((a, b), dim=-1)
