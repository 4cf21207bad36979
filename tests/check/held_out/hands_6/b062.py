# residua-test: right target=TimeResBlock
import torch
from torch import nn
import torch.nn.functional as F


class TimeResBlock(nn.Module):
    def __init__(self, in_ch=16, out_ch=32, t_dim=64, updown=None, dropout=0.1, groups=8):
        super().__init__()
        assert updown in (None, 'up', 'down')
        self.updown = updown
        self.n1 = nn.GroupNorm(groups, in_ch)
        self.c1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.t = nn.Sequential(nn.SiLU(), nn.Linear(t_dim, out_ch * 2))
        self.n2 = nn.GroupNorm(groups, out_ch)
        self.drop = nn.Dropout(dropout)
        self.c2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        nn.init.zeros_(self.c2.weight)
        nn.init.zeros_(self.c2.bias)
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def resize(self, x):
        if self.updown == 'up':
            return F.interpolate(x, scale_factor=2.0, mode='nearest')
        if self.updown == 'down':
            return F.avg_pool2d(x, 2)
        return x

    def forward(self, x, t_emb):
        h = F.silu(self.n1(x))
        h = self.c1(self.resize(h))
        scale, shift = self.t(t_emb).unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
        h = self.n2(h) * (1 + scale) + shift
        h = self.c2(self.drop(F.silu(h)))
        return self.skip(self.resize(x)) + h
