# residua-test: wrong target=LoadForecaster
# What is wrong: Trim cuts the surplus steps off the front (x[..., n:]) instead of the end, so each output sees the future; the network is not causal.
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class Trim(nn.Module):
    """nn.Conv1d pads on both sides; take away what is too much so that step t never sees t+1, t+2, ..."""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return x[..., self.n:].contiguous()  # expect: R176


class DilatedUnit(nn.Module):
    def __init__(self, a, b, k, dilation, p):
        super().__init__()
        n = (k - 1) * dilation
        layers = []
        for i, o in ((a, b), (b, b)):
            layers += [weight_norm(nn.Conv1d(i, o, k, padding=n, dilation=dilation)), Trim(n), nn.ReLU(), nn.Dropout(p)]
        self.branch = nn.Sequential(*layers)
        self.line = nn.Conv1d(a, b, 1) if a != b else nn.Identity()

    def forward(self, x):
        return torch.relu(self.line(x) + self.branch(x))


class LoadForecaster(nn.Module):
    """Causal: predicts the load of hour t+1 at every hour t. (B, features, hours) -> (B, hours)"""

    def __init__(self, features=4, widths=(24, 24, 24), k=3, p=0.1):
        super().__init__()
        io = zip((features, *widths), widths)
        self.units = nn.Sequential(*[DilatedUnit(a, b, k, 2 ** i, p) for i, (a, b) in enumerate(io)])
        self.linear = nn.Linear(widths[-1], 1)

    def forward(self, x):
        return self.linear(self.units(x).transpose(1, 2)).squeeze(-1)
