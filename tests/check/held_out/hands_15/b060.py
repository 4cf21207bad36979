# residua-test: wrong target=AttnBlock
# What is wrong: the softmax runs over the queries (dim=-2) and not over the keys, so the weights of one query do not sum to one
import torch
from torch import nn


class AttnBlock(nn.Module):
    """Self attention over the pixels of a feature map, added to the input.

    Used at the 16x16 level of the DDPM U-Net.
    """

    def __init__(self, channels: int, n_heads: int = 4, groups: int = 8):
        super().__init__()
        assert channels % n_heads == 0
        self.n_heads = n_heads
        self.d_k = channels // n_heads
        self.norm = nn.GroupNorm(groups, channels)
        self.to_qkv = nn.Linear(channels, channels * 3)
        self.out = nn.Linear(channels, channels)
        self.scale = self.d_k ** -0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, c, h, w = x.shape
        seq = self.norm(x).flatten(2).transpose(1, 2)               # b, hw, c
        qkv = self.to_qkv(seq).view(b, h * w, 3, self.n_heads, self.d_k)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)                        # b, heads, hw, d_k
        scores = torch.einsum('bhid,bhjd->bhij', q, k) * self.scale
        attn = scores.softmax(dim=-2)  # expect: R165
        res = torch.einsum('bhij,bhjd->bhid', attn, v)
        res = res.transpose(1, 2).reshape(b, h * w, c)
        res = self.out(res).transpose(1, 2).reshape(b, c, h, w)
        return x + res
