# residua-test: wrong target=TokenBlock right=blocks/token_block
import torch
from torch import nn


class TokenBlock(nn.Module):
    """x: (batch, num_tokens, dim)"""

    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, num_heads=heads)  # expect: R210
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        y = self.norm(x)
        y, _ = self.attention(y, y, y)
        return x + self.out(y)
