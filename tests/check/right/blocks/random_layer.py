# residua-test: right target=DropLayer
import torch
from torch import nn


class DropLayer(nn.Module):
    """A residual layer over (batch, time, features) that is left out at random in training."""

    def __init__(self, dim=64, death_rate=0.2):
        super().__init__()
        self.death_rate = death_rate
        self.norm = nn.LayerNorm(dim)
        self.inner = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        y = self.inner(self.norm(x))
        if self.training:
            if torch.rand(1).item() >= self.death_rate:
                return x + y
            return x
        return x + (1 - self.death_rate) * y
