# residua-test: right target=RK3
import torch
from torch import nn


class RK3(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.lin1 = nn.Linear(dim, dim)
        self.lin2 = nn.Linear(dim, dim)

    def f(self, x):
        return self.lin2(torch.tanh(self.lin1(x)))

    def forward(self, x):
        k1 = self.f(x)
        k2 = self.f(x + k1 / 2)
        k3 = self.f(x - k1 + k2 + k2)
        return x + (k1 + k2 + k2 + k2 + k2 + k3) / 6
