# residua-test: right target=Stack slow
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, heads, drop=0.0, norm_first=False):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, heads, dropout=drop, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.norm_first = norm_first

    def forward(self, x):
        if self.norm_first:
            y = self.norm(x)
            return x + self.attn(y, y, y)[0]
        return self.norm(x + self.attn(x, x, x)[0])


class Stack(nn.Module):
    def __init__(self, dim, heads=4, depth=2, drop=0.0, norm_first=False):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(depth):
            self.layers.append(Layer(dim, heads, drop=drop, norm_first=norm_first))
        self.last = nn.LayerNorm(dim) if norm_first else nn.Identity()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.last(x)
