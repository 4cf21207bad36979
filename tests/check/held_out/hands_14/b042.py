# residua-test: right target=TimeResnetBlock
import torch
from torch import nn


def exists(v):
    return v is not None


def zero_module(module):
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


class Block(nn.Module):
    def __init__(self, dim, dim_out, groups=8, zero=False, dropout=0.):
        super().__init__()
        self.norm = nn.GroupNorm(groups, dim)
        self.act = nn.SiLU()
        self.dropout = nn.Dropout(dropout)
        proj = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.proj = zero_module(proj) if zero else proj

    def forward(self, x, scale_shift=None):
        x = self.norm(x)
        if exists(scale_shift):
            scale, shift = scale_shift
            x = x * (scale + 1) + shift
        return self.proj(self.dropout(self.act(x)))


class TimeResnetBlock(nn.Module):
    def __init__(self, dim=64, dim_out=64, *, time_emb_dim=256, groups=8, dropout=0.1):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2)) if exists(time_emb_dim) else None
        self.block1 = Block(dim, dim_out, groups)
        self.block2 = Block(dim_out, dim_out, groups, zero=True, dropout=dropout)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        scale_shift = None
        if exists(self.mlp) and exists(time_emb):
            t = self.mlp(time_emb)
            t = t.view(*t.shape, 1, 1)
            scale_shift = t.chunk(2, dim=1)

        h = self.block1(x)
        h = self.block2(h, scale_shift=scale_shift)
        return h + self.res_conv(x)
