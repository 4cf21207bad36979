# residua-test: right target=Invertible
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


class Invertible(nn.Module):
    def __init__(self, width=4, hidden=32):
        super().__init__()
        self.first = spectral_norm(nn.Linear(width, hidden))
        self.second = spectral_norm(nn.Linear(hidden, hidden))
        self.last = spectral_norm(nn.Linear(hidden, width))

    def g(self, x):
        return 0.8 * self.last(torch.tanh(self.second(torch.tanh(self.first(x)))))

    def forward(self, x):
        return x + self.g(x)

    def inverse(self, y, steps=60):
        x = y
        for _ in range(steps):
            x = y - self.g(x)
        return x
