# residua-test: right target=EulerNet
import torch
import torch.nn as nn


class EulerStep(nn.Module):
    """One forward Euler step x + h * tanh((W - W^T - g I) x + b) of a stable ODE."""

    def __init__(self, width, h, gamma=0.01):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, width) / width ** 0.5)
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer('damping', gamma * torch.eye(width))
        self.h = h

    def forward(self, x):
        a = self.weight - self.weight.t() - self.damping
        return x + self.h * torch.tanh(x @ a.t() + self.bias)


class EulerNet(nn.Module):
    """Antisymmetric residual network: ``depth`` steps over unit time."""

    def __init__(self, n_in=10, width=32, depth=8, n_out=3):
        super().__init__()
        self.lift = nn.Linear(n_in, width)
        self.steps = nn.ModuleList([EulerStep(width, 1.0 / depth) for _ in range(depth)])
        self.read = nn.Linear(width, n_out)

    def forward(self, x):
        x = self.lift(x)
        for step in self.steps:
            x = step(x)
        return self.read(x)
