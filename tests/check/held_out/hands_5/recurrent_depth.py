# residua-test: right target=RecurrentEncoder
import torch
import torch.nn as nn


class SharedLayer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.n1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.n2 = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        y = self.n1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.ff(self.n2(x))


class RecurrentEncoder(nn.Module):
    """Cross-layer parameter sharing (ALBERT): the same layer is applied ``steps`` times.

    A learned step embedding tells the layer which iteration it is in.
    """

    def __init__(self, dim=64, heads=4, steps=6):
        super().__init__()
        self.layer = SharedLayer(dim, heads)
        self.step = nn.Parameter(torch.randn(steps, dim) * 0.02)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        for emb in self.step:
            x = self.layer(x + emb)
        return self.norm(x)
