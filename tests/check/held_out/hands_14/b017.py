# residua-test: wrong target=SpatialSelfAttention
# What is wrong: The attention result is (batch, heads, positions, dim) and is reshaped straight to (b, c, h, w) without moving the channels in front of the positions, so channels and pixels are scrambled before the sum.
import math

import torch
from torch import nn


class SpatialSelfAttention(nn.Module):
    """Attention residual block, used at 16x16 and 8x8 of the denoiser."""

    def __init__(self, channels: int = 64, num_heads: int = 4, groups: int = 16):
        super().__init__()
        assert channels % num_heads == 0
        self.num_heads = num_heads
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv2d(channels, channels * 3, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        d = c // self.num_heads
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=1)

        # b c h w -> b heads n d
        q = q.reshape(b, self.num_heads, d, h * w).transpose(2, 3)
        k = k.reshape(b, self.num_heads, d, h * w).transpose(2, 3)
        v = v.reshape(b, self.num_heads, d, h * w).transpose(2, 3)

        w_ = q @ k.transpose(2, 3) / math.sqrt(d)
        w_ = w_.softmax(dim=-1)
        a = w_ @ v

        a = a.reshape(b, c, h, w)  # expect: R164
        return x + self.proj(a)
