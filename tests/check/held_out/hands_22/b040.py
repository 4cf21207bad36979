# residua-test: wrong target=InvertibleResBlock
# What is wrong: The last linear layer of the branch is not spectrally normalised, so its Lipschitz constant is unbounded and the fixed-point inverse need not converge.
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import spectral_norm


class Sine(nn.Module):
    def forward(self, x):
        return torch.sin(x)


class InvertibleResBlock(nn.Module):
    """i-ResNet block on coordinates: y = x + coeff * g(x) with g kept 1-Lipschitz layer by layer.

    inverse() solves x = y - coeff * g(x) by fixed-point iteration.
    """

    def __init__(self, dim=2, hidden=64, coeff=0.9, n_power=5):
        super().__init__()
        self.coeff = coeff
        self.g = nn.Sequential(
            spectral_norm(nn.Linear(dim, hidden), n_power_iterations=n_power),
            Sine(),
            spectral_norm(nn.Linear(hidden, hidden), n_power_iterations=n_power),
            Sine(),
            nn.Linear(hidden, dim),  # expect: R245
        )

    def forward(self, x):
        return x + self.coeff * self.g(x)

    @torch.no_grad()
    def inverse(self, y, iters=50):
        x = y.clone()
        for _ in range(iters):
            x = y - self.coeff * self.g(x)
        return x
