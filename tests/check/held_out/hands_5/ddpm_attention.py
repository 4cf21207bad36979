# residua-test: wrong target=AttentionBlock args=n_channels=64
# What is wrong: Scores are (batch, query, key, head) and softmax runs over dim 1 (queries) instead of dim 2 (keys), so the weights of a query do not sum to one
import torch
from torch import nn


class AttentionBlock(nn.Module):
    """Self-attention over the pixels of a feature map, with a residual."""

    def __init__(self, n_channels, n_heads=1, d_k=None, n_groups=32):
        super().__init__()
        if d_k is None:
            d_k = n_channels
        self.norm = nn.GroupNorm(n_groups, n_channels)
        self.projection = nn.Linear(n_channels, n_heads * d_k * 3)
        self.output = nn.Linear(n_heads * d_k, n_channels)
        self.scale = d_k ** -0.5
        self.n_heads = n_heads
        self.d_k = d_k

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x).view(b, c, -1).permute(0, 2, 1)
        qkv = self.projection(y).view(b, -1, self.n_heads, 3 * self.d_k)
        q, k, v = torch.chunk(qkv, 3, dim=-1)
        attn = torch.einsum('bihd,bjhd->bijh', q, k) * self.scale
        attn = attn.softmax(dim=1)  # expect: R165
        res = torch.einsum('bijh,bjhd->bihd', attn, v)  # expect
        res = self.output(res.reshape(b, -1, self.n_heads * self.d_k))
        return x + res.permute(0, 2, 1).reshape(b, c, h, w)
