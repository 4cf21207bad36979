# residua-test: right target=AdditiveCoupling
import torch
import torch.nn as nn


class AdditiveCoupling(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))
        self.g = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))

    def forward(self, x):
        first, second = torch.chunk(x, 2, dim=-1)
        first = first + self.f(second)
        second = second + self.g(first)
        return torch.cat([first, second], -1)
