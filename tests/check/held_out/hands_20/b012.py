# residua-test: right target=InvertibleResidual
# Why it is right: i-ResNet: spectral norm times 0.9 makes the branch a contraction, and the inverse is the fixed point iteration x <- y - g(x).
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import spectral_norm


class InvertibleResidual(nn.Module):
    """y = x + c * g(x) with Lip(g) <= 1 and c < 1, for density estimation."""

    def __init__(self, dim=8, hidden=32, coeff=0.9):
        super().__init__()
        self.coeff = coeff
        self.g = nn.Sequential(
            spectral_norm(nn.Linear(dim, hidden), n_power_iterations=5),
            nn.ELU(),
            spectral_norm(nn.Linear(hidden, hidden), n_power_iterations=5),
            nn.ELU(),
            spectral_norm(nn.Linear(hidden, dim), n_power_iterations=5),
        )

    def forward(self, x):
        return x + self.coeff * self.g(x)

    @torch.no_grad()
    def inverse(self, y, n_iter=200):
        x = y
        for _ in range(n_iter):
            x = y - self.coeff * self.g(x)
        return x
