# residua-test: wrong target=DenoiseUnet
# What is wrong: The option resnet_block_groups is not handed to the blocks (the partial leaves out groups), so the default of 8 is always used and dim=12, groups=4 cannot even be built.
import math
from functools import partial
import torch
from torch import nn
import torch.nn.functional as F


class SinusoidalPosEmb(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        freqs = torch.exp(torch.arange(half, device=t.device) * (-math.log(10000) / (half - 1)))
        e = t.float()[:, None] * freqs[None]
        return torch.cat([e.sin(), e.cos()], dim=-1)


class Block(nn.Module):
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


class ResnetBlock(nn.Module):
    def __init__(self, dim, dim_out, *, time_emb_dim, groups=8):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2))
        self.block1 = Block(dim, dim_out, groups=groups)
        self.block2 = Block(dim_out, dim_out, groups=groups)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, t):
        ss = self.mlp(t)[:, :, None, None].chunk(2, dim=1)
        h = self.block1(x, scale_shift=ss)
        h = self.block2(h)
        return h + self.res_conv(x)


class DenoiseUnet(nn.Module):
    def __init__(self, dim=16, dim_mults=(1, 2), channels=3, resnet_block_groups=8):
        super().__init__()
        time_dim = dim * 4
        self.init_conv = nn.Conv2d(channels, dim, 7, padding=3)
        self.time_mlp = nn.Sequential(
            SinusoidalPosEmb(dim), nn.Linear(dim, time_dim), nn.GELU(), nn.Linear(time_dim, time_dim))
        block_klass = partial(ResnetBlock, time_emb_dim=time_dim)  # expect: R189

        dims = [dim, *[dim * m for m in dim_mults]]
        in_out = list(zip(dims[:-1], dims[1:]))
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for i, o in in_out:
            self.downs.append(nn.ModuleList([block_klass(i, i), nn.Conv2d(i, o, 4, 2, 1)]))
        self.mid = block_klass(dims[-1], dims[-1])
        for i, o in reversed(in_out):
            self.ups.append(nn.ModuleList([
                nn.Sequential(nn.Upsample(scale_factor=2, mode='nearest'), nn.Conv2d(o, i, 3, padding=1)),
                block_klass(i * 2, i)]))
        self.final = nn.Conv2d(dim, channels, 1)

    def forward(self, x, time):
        t = self.time_mlp(time)
        x = self.init_conv(x)
        hs = []
        for res, down in self.downs:
            x = res(x, t)
            hs.append(x)
            x = down(x)
        x = self.mid(x, t)
        for up, res in self.ups:
            x = res(torch.cat((up(x), hs.pop()), dim=1), t)
        return self.final(x)
