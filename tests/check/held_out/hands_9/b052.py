# residua-test: right target=ReversibleNet
import torch
from torch import nn


class ReversibleBlock(nn.Module):
    def __init__(self, f_block: nn.Module, g_block: nn.Module):
        super().__init__()
        self.f_block = f_block
        self.g_block = g_block

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=-1)
        y1 = x1 + self.f_block(x2)
        y2 = x2 + self.g_block(y1)
        return torch.cat([y1, y2], dim=-1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=-1)
        x2 = y2 - self.g_block(y1)
        x1 = y1 - self.f_block(x2)
        return torch.cat([x1, x2], dim=-1)


def mlp(dim, hidden):
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))


class ReversibleNet(nn.Module):
    def __init__(self, dim=64, hidden=128, depth=4):
        super().__init__()
        half = dim // 2
        self.blocks = nn.ModuleList(
            ReversibleBlock(mlp(half, hidden), mlp(half, hidden)) for _ in range(depth))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def inverse(self, y):
        for block in reversed(self.blocks):
            y = block.inverse(y)
        return y
