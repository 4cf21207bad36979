# residua-test: wrong target=ResnetBlock
# What is wrong: the projected time embedding is computed but never added to h: the block ignores the time step
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, dim_out, groups=8):
        super().__init__()
        self.proj = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.norm = nn.GroupNorm(groups, dim_out)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.norm(self.proj(x)))


class ResnetBlock(nn.Module):
    """ x: b c h w   t: b time_emb_dim """
    def __init__(self, dim, dim_out, time_emb_dim=64, groups=8):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.SiLU(),
            nn.Linear(time_emb_dim, dim_out),
        )
        self.block1 = Block(dim, dim_out, groups=groups)
        self.block2 = Block(dim_out, dim_out, groups=groups)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, t):
        time_emb = self.mlp(t)[:, :, None, None]  # expect: R155
        h = self.block1(x)
        h = self.block2(h)
        return h + self.res_conv(x)
