# residua-test: wrong target=TwoSteps right=blocks/divided_by_keep
import torch
from torch import nn


class DropPath(nn.Module):
    def __init__(self, drop_prob=0.1):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if not self.training or self.drop_prob == 0:
            return x
        keep = 1 - self.drop_prob
        mask = x.new_empty(x.shape[0], *[1] * (x.dim() - 1)).bernoulli_(keep)
        return x * mask / self.drop_prob  # expect: R170


class TwoSteps(nn.Module):
    def __init__(self, dim=64, drop_path=0.1):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.fc1, self.fc2 = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        x = x + self.drop_path(self.fc1(self.norm1(x)))
        return x + self.drop_path(self.fc2(self.norm2(x)))
