# residua-test: wrong target=StochasticBlock
# What is wrong: The mask has the shape of the whole tensor, so this is elementwise dropout of the branch and not per-sample stochastic depth
import torch
import torch.nn as nn


class DropPath(nn.Module):
    """Per-sample stochastic depth: drops the whole branch of a sample."""

    def __init__(self, p=0.1):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.p == 0.0 or not self.training:
            return x
        keep = 1 - self.p
        mask = (torch.rand_like(x) < keep).to(x.dtype)  # expect: R188
        return x * mask / keep  # expect


class StochasticBlock(nn.Module):
    """Token-mixing MLP block with stochastic depth."""

    def __init__(self, tokens=49, dim=64, p=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.token_mix = nn.Sequential(nn.Linear(tokens, tokens * 2), nn.GELU(), nn.Linear(tokens * 2, tokens))
        self.norm2 = nn.LayerNorm(dim)
        self.channel_mix = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
        self.drop_path = DropPath(p)

    def forward(self, x):
        y = self.token_mix(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.drop_path(y)
        return x + self.drop_path(self.channel_mix(self.norm2(x)))
