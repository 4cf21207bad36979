# residua-test: right target=InvertibleResBlock
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import spectral_norm


class ScaledLinear(nn.Module):
    """linear map with spectral norm coeff"""

    def __init__(self, d_in, d_out, coeff):
        super().__init__()
        self.coeff = coeff
        self.lin = spectral_norm(nn.Linear(d_in, d_out), n_power_iterations=5)

    def forward(self, x):
        w, b = self.lin.weight, self.lin.bias
        return nn.functional.linear(x, self.coeff * w, b)


class InvertibleResBlock(nn.Module):
    """y = x + g(x), Lip(g) <= coeff^2 < 1. No norm layer and a 1-Lipschitz activation, so that it can be inverted."""

    def __init__(self, dim=6, hidden=32, coeff=0.9):
        super().__init__()
        self.g = nn.Sequential(ScaledLinear(dim, hidden, coeff), nn.ELU(), ScaledLinear(hidden, dim, coeff))

    def forward(self, x):
        return x + self.g(x)

    @torch.no_grad()
    def inverse(self, y, n_iter=150):
        x = y.clone()
        for _ in range(n_iter):
            x = y - self.g(x)
        return x
