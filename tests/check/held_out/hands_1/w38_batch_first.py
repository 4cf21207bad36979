# residua-test: wrong target=SeqBlock
# What is wrong: MultiheadAttention without batch_first on (B, N, C): attention across the batch
import torch
from torch import nn

class SeqBlock(nn.Module):
    """Transformer block, input of shape (batch, tokens, dim)."""
    def __init__(self, dim, heads=4):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads)  # expect: R210
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]  # expect
        x = x + self.mlp(self.norm2(x))
        return x
