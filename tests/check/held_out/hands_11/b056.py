# residua-test: right target=UNet
import math
from functools import partial
import torch
import torch.nn as nn
import torch.nn.functional as F


def exists(v):
    return v is not None


def zero_(module):
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


class SinusoidalPosEmb(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        emb = math.log(10000) / (half - 1)
        emb = torch.exp(torch.arange(half, device=t.device) * -emb)
        emb = t[:, None] * emb[None, :]
        return torch.cat((emb.sin(), emb.cos()), dim=-1)


class ResnetBlock(nn.Module):
    def __init__(self, dim, dim_out, *, time_emb_dim=None, groups=4):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2)) if exists(time_emb_dim) else None
        self.norm1, self.norm2 = nn.GroupNorm(groups, dim_out), nn.GroupNorm(groups, dim_out)
        self.proj1 = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.proj2 = nn.Conv2d(dim_out, dim_out, 3, padding=1)
        self.last = zero_(nn.Conv2d(dim_out, dim_out, 1))
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        h = self.norm1(self.proj1(x))
        if exists(self.mlp) and exists(time_emb):
            scale, shift = self.mlp(time_emb)[..., None, None].chunk(2, dim=1)
            h = h * (scale + 1) + shift
        h = F.silu(h)
        h = F.silu(self.norm2(self.proj2(h)))
        return self.last(h) + self.res_conv(x)


class UNet(nn.Module):
    def __init__(self, dim=16, channels=1, dim_mults=(1, 2, 4)):
        super().__init__()
        time_dim = dim * 4
        self.time_mlp = nn.Sequential(
            SinusoidalPosEmb(dim), nn.Linear(dim, time_dim), nn.GELU(), nn.Linear(time_dim, time_dim))
        block = partial(ResnetBlock, time_emb_dim=time_dim)
        self.init_conv = nn.Conv2d(channels, dim, 7, padding=3)
        dims = [dim, *[dim * m for m in dim_mults]]
        in_out = list(zip(dims[:-1], dims[1:]))

        self.downs, self.ups = nn.ModuleList([]), nn.ModuleList([])
        for i, (a, b) in enumerate(in_out):
            is_last = i == len(in_out) - 1
            self.downs.append(nn.ModuleList([
                block(a, a),
                block(a, a),
                nn.Conv2d(a, b, 3, padding=1) if is_last else nn.Conv2d(a, b, 4, 2, 1),
            ]))
        self.mid = block(dims[-1], dims[-1])
        for i, (a, b) in enumerate(reversed(in_out)):
            is_last = i == len(in_out) - 1
            self.ups.append(nn.ModuleList([
                block(b + a, b),
                block(b + a, b),
                nn.Conv2d(b, a, 3, padding=1) if is_last else nn.Sequential(
                    nn.Upsample(scale_factor=2, mode='nearest'), nn.Conv2d(b, a, 3, padding=1)),
            ]))
        self.final_res = block(dim * 2, dim)
        self.final_conv = nn.Conv2d(dim, channels, 1)

    def forward(self, x, t):
        x = self.init_conv(x)
        r = x.clone()
        t = self.time_mlp(t)
        h = []
        for b1, b2, down in self.downs:
            x = b1(x, t)
            h.append(x)
            x = b2(x, t)
            h.append(x)
            x = down(x)
        x = self.mid(x, t)
        for b1, b2, up in self.ups:
            x = b1(torch.cat((x, h.pop()), dim=1), t)
            x = b2(torch.cat((x, h.pop()), dim=1), t)
            x = up(x)
        x = self.final_res(torch.cat((x, r), dim=1), t)
        return self.final_conv(x)
