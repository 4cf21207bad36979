# residua-test: wrong target=Reversible
import torch
from torch import nn


class Reversible(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.f = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU())
        self.g = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU())

    def forward(self, x):
        a, b = x.split(x.shape[1] // 2, dim=1)
        c = a + self.f(b)
        d = self.g(a) + b  # expect: R186
        return torch.cat((c, d), dim=1)

    def inverse(self, y):
        c, d = y.split(y.shape[1] // 2, dim=1)
        b = d - self.g(c)
        a = c - self.f(b)
        return torch.cat((a, b), dim=1)
