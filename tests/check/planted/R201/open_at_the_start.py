# residua-test: wrong target=GatedUnit right=blocks/closed_at_the_start
import torch
from torch import nn


class GatedUnit(nn.Module):
    def __init__(self, dim=64, start=2.0):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.wz, self.uz = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.start = nn.Parameter(torch.full((dim,), start))

    def forward(self, x):
        y = self.body(x)
        z = torch.sigmoid(self.wz(y) + self.uz(x) + self.start)  # expect: R201
        return (1 - z) * x + z * y
