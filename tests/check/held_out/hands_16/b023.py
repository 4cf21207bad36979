# residua-test: right target=UViT
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def timestep_embedding(t, dim, max_period=10000):
    half = dim // 2
    f = torch.exp(-math.log(max_period) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
    a = t[:, None].float() * f[None]
    return torch.cat([a.cos(), a.sin()], dim=-1)


class Block(nn.Module):
    def __init__(self, dim, heads, skip=False):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))
        self.skip_linear = nn.Linear(2 * dim, dim) if skip else None

    def forward(self, x, skip=None):
        if self.skip_linear is not None:
            x = self.skip_linear(torch.cat([x, skip], dim=-1))
        h = self.norm1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        x = x + self.mlp(self.norm2(x))
        return x


class UViT(nn.Module):
    def __init__(self, img=32, patch=2, ch=3, dim=256, depth=12, heads=8):
        super().__init__()
        assert depth % 2 == 0
        self.img, self.patch, self.ch, self.dim = img, patch, ch, dim
        n = (img // patch) ** 2
        self.embed = nn.Conv2d(ch, dim, patch, patch)
        self.time = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.pos = nn.Parameter(0.02 * torch.randn(1, 1 + n, dim))
        self.in_blocks = nn.ModuleList([Block(dim, heads) for _ in range(depth // 2)])
        self.mid_block = Block(dim, heads)
        self.out_blocks = nn.ModuleList([Block(dim, heads, skip=True) for _ in range(depth // 2)])
        self.norm = nn.LayerNorm(dim)
        self.pred = nn.Linear(dim, patch * patch * ch)
        self.final = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x, t):
        b = x.shape[0]
        tok = self.embed(x).flatten(2).transpose(1, 2)
        time = self.time(timestep_embedding(t, self.dim)).unsqueeze(1)
        x = torch.cat([time, tok], dim=1) + self.pos
        skips = []
        for blk in self.in_blocks:
            x = blk(x)
            skips.append(x)
        x = self.mid_block(x)
        for blk in self.out_blocks:
            x = blk(x, skips.pop())
        x = self.pred(self.norm(x))[:, 1:]
        g, p = self.img // self.patch, self.patch
        x = x.view(b, g, g, p, p, self.ch).permute(0, 5, 1, 3, 2, 4).reshape(b, self.ch, self.img, self.img)
        return self.final(x)
