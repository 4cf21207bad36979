# residua-test: wrong target=NormStream4
from torch import nn


class NormStream4(nn.Module):
    """two sub-layers, the second takes the normalised one"""
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4*dim), nn.GELU(), nn.Linear(4*dim, dim))
    def forward(self, x):
        h = self.n1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        x = self.n2(x)  # expect: R198
        return x + self.mlp(x)
