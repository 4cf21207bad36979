# residua-test: right target=TokenMLP
import torch
import torch.nn as nn
import torch.nn.functional as F


class TokenMLP(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.lin1 = nn.Linear(dim, dim)
        self.lin2 = nn.Linear(dim, dim)
        self.act = nn.GELU()

    def forward(self, x):
        h = self.act(self.lin1(self.norm(x)))
        h = self.lin2(h)
        return x + h
