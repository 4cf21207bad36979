# residua-test: right target=EncoderLayer args='dim=32, heads=4'
import torch
from torch import nn


class Residual(nn.Module):
    """x + f(norm(x)) when pre_norm else norm(x + f(x))"""

    def __init__(self, dim, fn, pre_norm=True, dropout=0.0):
        super().__init__()
        self.fn, self.pre_norm = fn, pre_norm
        self.norm = nn.LayerNorm(dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        if self.pre_norm:
            return x + self.drop(self.fn(self.norm(x)))
        return self.norm(x + self.drop(self.fn(x)))


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        return self.attn(x, x, x, need_weights=False)[0]


class EncoderLayer(nn.Module):
    def __init__(self, dim, heads=4, mlp_ratio=4, pre_norm=True, dropout=0.1):
        super().__init__()
        ff = nn.Sequential(nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Linear(dim * mlp_ratio, dim))
        self.attention = Residual(dim, SelfAttention(dim, heads), pre_norm, dropout)
        self.feedforward = Residual(dim, ff, pre_norm, dropout)

    def forward(self, x):
        return self.feedforward(self.attention(x))
