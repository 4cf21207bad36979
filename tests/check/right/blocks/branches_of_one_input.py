# residua-test: right target=Branches
import torch
from torch import nn


class Branches(nn.Module):
    """Three branches of one input beside the identity, and two normed sums of one input: nothing is stacked."""

    def __init__(self, dim=32):
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv1d(dim, dim, k, padding=k // 2) for k in (1, 3, 5))
        self.near, self.far = nn.Conv1d(dim, dim, 3, padding=1), nn.Conv1d(dim, dim, 9, padding=4)
        self.norm1, self.norm2 = nn.BatchNorm1d(dim), nn.BatchNorm1d(dim)

    def forward(self, x):
        y = x
        for branch in self.branches:
            y = y + branch(x)
        y = torch.relu(y)
        return self.norm1(y + self.near(y)) + self.norm2(y + self.far(y))
