# residua-test: right target=DiffResBlock args='dim=32, dim_out=64, time_dim=128'
# Why it is right: the usual diffusion block: group norm, scale and shift from the time embedding, 1x1 projection on the skip only if the width changes.
import torch
from torch import nn


class WSBlock(nn.Module):
    def __init__(self, dim, dim_out, groups=8):
        super().__init__()
        self.proj = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.norm = nn.GroupNorm(groups, dim_out)
        self.act = nn.SiLU()

    def forward(self, x, scale_shift=None):
        x = self.norm(self.proj(x))
        if scale_shift is not None:
            scale, shift = scale_shift
            x = x * (scale + 1) + shift
        return self.act(x)


class DiffResBlock(nn.Module):
    def __init__(self, dim, dim_out, time_dim=None, groups=8):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_dim, dim_out * 2)) if time_dim is not None else None
        self.block1 = WSBlock(dim, dim_out, groups)
        self.block2 = WSBlock(dim_out, dim_out, groups)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        scale_shift = None
        if self.mlp is not None and time_emb is not None:
            emb = self.mlp(time_emb)[:, :, None, None]
            scale_shift = emb.chunk(2, dim=1)
        h = self.block1(x, scale_shift)
        h = self.block2(h)
        return h + self.res_conv(x)
