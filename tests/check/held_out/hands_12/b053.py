# residua-test: wrong target=AttentionBlock
# What is wrong: the softmax runs over the query axis i although the values are summed over the key axis j
from typing import Optional

import torch
from torch import nn


class AttentionBlock(nn.Module):
    """
    ### Attention block of the diffusion U-Net

    * `n_channels` number of channels of the feature map
    * `n_heads` number of heads
    * `d_k` dimensions per head
    """

    def __init__(self, n_channels: int, n_heads: int = 2, d_k: Optional[int] = None, n_groups: int = 8):
        super().__init__()
        if d_k is None:
            d_k = n_channels // n_heads
        self.norm = nn.GroupNorm(n_groups, n_channels)
        self.projection = nn.Linear(n_channels, n_heads * d_k * 3)
        self.output = nn.Linear(n_heads * d_k, n_channels)
        self.scale = d_k ** -0.5
        self.n_heads = n_heads
        self.d_k = d_k

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch_size, n_channels, height, width = x.shape
        # to [batch, seq, channels]
        seq = self.norm(x).view(batch_size, n_channels, -1).permute(0, 2, 1)
        qkv = self.projection(seq).view(batch_size, -1, self.n_heads, 3 * self.d_k)
        q, k, v = torch.chunk(qkv, 3, dim=-1)
        # dot product for every pair of positions i, j
        attn = torch.einsum('bihd,bjhd->bijh', q, k) * self.scale
        attn = attn.softmax(dim=1)  # expect: R165
        res = torch.einsum('bijh,bjhd->bihd', attn, v)
        res = res.reshape(batch_size, -1, self.n_heads * self.d_k)
        res = self.output(res)
        # back to an image
        res = res.permute(0, 2, 1).reshape(batch_size, n_channels, height, width)
        return x + res
