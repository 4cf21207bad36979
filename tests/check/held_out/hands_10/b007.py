# residua-test: right target=SmallDiffusionUNet
import math
from dataclasses import dataclass
from typing import Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class UNetConfig:
    in_ch: int = 3
    base: int = 32
    mults: Tuple[int, ...] = (1, 2)
    n_res: int = 1
    groups: int = 8
    dropout: float = 0.1


def timestep_embedding(t: torch.Tensor, dim: int, max_period: float = 10000.0) -> torch.Tensor:
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device).float() / half)
    args = t.float()[:, None] * freqs[None]
    return torch.cat([args.cos(), args.sin()], dim=-1)


class ResBlock(nn.Module):
    def __init__(self, cin: int, cout: int, temb: int, cfg: UNetConfig):
        super().__init__()
        self.norm1 = nn.GroupNorm(cfg.groups, cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.emb = nn.Linear(temb, 2 * cout)
        self.norm2 = nn.GroupNorm(cfg.groups, cout)
        self.drop = nn.Dropout(cfg.dropout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)
        self.skip = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.emb(F.silu(emb))[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * (1 + scale) + shift
        h = self.conv2(self.drop(F.silu(h)))
        return self.skip(x) + h


class SmallDiffusionUNet(nn.Module):
    def __init__(self, cfg: UNetConfig = UNetConfig()):
        super().__init__()
        self.cfg = cfg
        b, temb = cfg.base, cfg.base * 4
        self.time = nn.Sequential(nn.Linear(b, temb), nn.SiLU(), nn.Linear(temb, temb))
        self.inp = nn.Conv2d(cfg.in_ch, b, 3, padding=1)

        chans, ch = [b], b
        self.downs = nn.ModuleList()
        for lvl, m in enumerate(cfg.mults):
            for _ in range(cfg.n_res):
                self.downs.append(ResBlock(ch, b * m, temb, cfg))
                ch = b * m
                chans.append(ch)
            if lvl != len(cfg.mults) - 1:
                self.downs.append(nn.Conv2d(ch, ch, 3, stride=2, padding=1))
                chans.append(ch)

        self.mid = ResBlock(ch, ch, temb, cfg)

        self.ups = nn.ModuleList()
        for lvl, m in reversed(list(enumerate(cfg.mults))):
            for _ in range(cfg.n_res + 1):
                self.ups.append(ResBlock(ch + chans.pop(), b * m, temb, cfg))
                ch = b * m
            if lvl != 0:
                self.ups.append(nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(ch, ch, 3, padding=1)))
        self.out = nn.Sequential(nn.GroupNorm(cfg.groups, ch), nn.SiLU(), nn.Conv2d(ch, cfg.in_ch, 3, padding=1))

    def forward(self, x, t):
        emb = self.time(timestep_embedding(t, self.cfg.base))
        h = self.inp(x)
        hs = [h]
        for layer in self.downs:
            h = layer(h, emb) if isinstance(layer, ResBlock) else layer(h)
            hs.append(h)
        h = self.mid(h, emb)
        for layer in self.ups:
            if isinstance(layer, ResBlock):
                h = layer(torch.cat([h, hs.pop()], dim=1), emb)
            else:
                h = layer(h)
        return self.out(h)
