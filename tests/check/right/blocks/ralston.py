# residua-test: right target=Ralston
import torch
from torch import nn


class Ralston(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.lin1 = nn.Linear(dim, dim)
        self.lin2 = nn.Linear(dim, dim)

    def f(self, x):
        return self.lin2(torch.tanh(self.lin1(x)))

    def forward(self, x):
        k1 = self.f(x)
        k2 = self.f(x + 2 / 3 * k1)
        out = x + (k1 + k2 + k2 + k2) / 4
        return out
