# residua-test: wrong target=Block right=blocks/upper_hidden
import torch
from torch import nn


class Block(nn.Module):
    """Causal self-attention block (GPT)."""

    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.heads = heads
        self.norm, self.qkv, self.out = nn.LayerNorm(dim), nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.register_buffer("mask", torch.tril(torch.ones(256, 256)).bool())

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        s = q @ k.transpose(-1, -2) / (d // self.heads) ** 0.5
        s = s.masked_fill(self.mask[:t, :t], -1e9)  # expect: R203
        return x + self.out((s.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d))
