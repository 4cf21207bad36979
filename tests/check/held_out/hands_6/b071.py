# residua-test: wrong target=InvertibleResidual
# What is wrong: The fixed point iteration evaluates g at y every time instead of at the current x, so it never iterates and inverse does not invert forward.
import torch
import torch.nn as nn
from torch.nn.utils import spectral_norm


class InvertibleResidual(nn.Module):
    """i-ResNet: y = x + c * g(x), g 1-Lipschitz by spectral norm, c < 1, inverse by fixed point"""

    def __init__(self, dim=6, hidden=32, c=0.8):
        super().__init__()
        self.c = c
        self.g = nn.Sequential(
            spectral_norm(nn.Linear(dim, hidden), n_power_iterations=5),
            nn.ELU(),
            spectral_norm(nn.Linear(hidden, hidden), n_power_iterations=5),
            nn.ELU(),
            spectral_norm(nn.Linear(hidden, dim), n_power_iterations=5),
        )

    def residual(self, x):
        return self.c * self.g(x)

    def forward(self, x):
        return x + self.residual(x)

    @torch.no_grad()
    def inverse(self, y, n_iter=100):
        x = y
        for _ in range(n_iter):
            x = y - self.residual(y)  # expect: R186
        return x
