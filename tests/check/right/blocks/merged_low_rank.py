# residua-test: right target=LowRankBlock
import torch
from torch import nn


class LowRankLinear(nn.Module):
    def __init__(self, dim, rank=4, alpha=8):
        super().__init__()
        self.base = nn.Linear(dim, dim)
        self.down = nn.Parameter(torch.randn(rank, dim) * 0.02)
        self.up = nn.Parameter(torch.zeros(dim, rank))
        self.scale = alpha / rank
        self.merged = False

    def forward(self, x):
        y = self.base(x)
        return y if self.merged else y + (x @ self.down.T @ self.up.T) * self.scale

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self.base.weight += self.scale * (self.up @ self.down)
            self.merged = True


class LowRankBlock(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = LowRankLinear(dim)
        self.fc2 = LowRankLinear(dim)

    def forward(self, x):
        return x + self.fc2(torch.relu(self.fc1(self.norm(x))))
