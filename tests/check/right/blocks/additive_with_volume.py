# residua-test: right target=AdditiveCoupling
import torch
import torch.nn as nn


class AdditiveCoupling(nn.Module):
    """Keeps the volume: the log-determinant is zero both ways, and the energy of what is kept comes beside it."""

    def __init__(self, dim=8):
        super().__init__()
        self.shift = nn.Sequential(nn.Linear(dim // 2, 32), nn.ReLU(), nn.Linear(32, dim // 2))

    def forward(self, x, reverse=False):
        kept, moved = x.chunk(2, dim=1)
        sign = -1 if reverse else 1
        y = torch.cat([kept, moved + sign * self.shift(kept)], dim=1)
        return y, kept.new_zeros(len(kept)), kept.pow(2).sum(1)
