# residua-test: wrong target=AttentionBlock
# What is wrong: softmax over dim 1 (the queries) while the sum is taken over j (the keys, dim 2): the attention weights of a query do not sum to one
import torch
from torch import nn


class AttentionBlock(nn.Module):
    """Spatial self attention used in the low resolution levels of the DDPM U-Net"""

    def __init__(self, n_channels: int, n_heads: int = 1, d_k: int = None):
        super().__init__()
        if d_k is None:
            d_k = n_channels
        self.norm = nn.GroupNorm(8, n_channels)
        self.projection = nn.Linear(n_channels, n_heads * d_k * 3)
        self.output = nn.Linear(n_heads * d_k, n_channels)
        self.scale = d_k ** -0.5
        self.n_heads = n_heads
        self.d_k = d_k

    def forward(self, x: torch.Tensor):
        batch_size, n_channels, height, width = x.shape
        h = self.norm(x).view(batch_size, n_channels, -1).permute(0, 2, 1)
        qkv = self.projection(h).view(batch_size, -1, self.n_heads, 3 * self.d_k)
        q, k, v = torch.chunk(qkv, 3, dim=-1)
        attn = torch.einsum('bihd,bjhd->bijh', q, k) * self.scale
        attn = attn.softmax(dim=1)  # expect: R165
        res = torch.einsum('bijh,bjhd->bihd', attn, v)
        res = res.reshape(batch_size, -1, self.n_heads * self.d_k)
        res = self.output(res)
        res = res.permute(0, 2, 1).view(batch_size, n_channels, height, width)
        return x + res
