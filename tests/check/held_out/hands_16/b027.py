# residua-test: wrong target=ResnetBlock
# What is wrong: the projected time embedding is computed but never added to h, so the block does not depend on the time step and time_mlp gets no gradient.
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, dim_out, groups=8):
        super().__init__()
        self.groupnorm = nn.GroupNorm(groups, dim)
        self.activation = nn.SiLU()
        self.project = nn.Conv2d(dim, dim_out, 3, padding=1)

    def forward(self, x):
        return self.project(self.activation(self.groupnorm(x)))


class ResnetBlock(nn.Module):
    def __init__(self, dim, dim_out, *, time_emb_dim, groups=8):
        super().__init__()
        self.time_mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out))
        self.block1 = Block(dim, dim_out, groups=groups)
        self.block2 = Block(dim_out, dim_out, groups=groups)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb):
        h = self.block1(x)

        t = self.time_mlp(time_emb)
        t = t[:, :, None, None]  # expect: R155

        h = self.block2(h)
        return h + self.res_conv(x)
