# residua-test: wrong target=MapAttention
# What is wrong: The softmax runs over the queries (dim -2, i) and not over the keys (dim -1, j), so the weights of a query do not sum to one.
import torch
from torch import nn, einsum


class MapAttention(nn.Module):
    """Attention for the low resolution levels of my DDPM, every pixel is one token."""

    def __init__(self, channels: int = 32, heads: int = 2, groups: int = 8):
        super().__init__()
        self.heads = heads
        self.gn = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1, bias=False)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, fmap: torch.Tensor) -> torch.Tensor:
        b, c, h, w = fmap.shape
        d = c // self.heads
        q, k, v = self.qkv(self.gn(fmap).flatten(2)).view(b, 3, self.heads, d, h * w).unbind(1)
        # i: query pixel, j: key pixel
        sim = einsum('b n d i, b n d j -> b n i j', q, k) / d ** 0.5
        sim = sim.softmax(dim=-2)  # expect: R165
        mixed = einsum('b n i j, b n d j -> b n d i', sim, v)
        return fmap + self.out(mixed.reshape(b, c, h * w)).view(b, c, h, w)
