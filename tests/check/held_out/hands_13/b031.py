# residua-test: right target=TimeResBlock1D
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


def timestep_embedding(t, dim, max_period=10000):
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
    args = t[:, None].float() * freqs[None]
    return torch.cat([args.cos(), args.sin()], dim=-1)


def zero_module(module):
    for p in module.parameters():
        p.detach().zero_()
    return module


class TimeResBlock1D(nn.Module):
    """x: (B, C, L) signal, t: (B,) integer diffusion steps. FiLM conditioning (scale and shift)."""

    def __init__(self, in_ch=16, out_ch=32, emb_dim=64, groups=8, dropout=0.0):
        super().__init__()
        self.emb_dim = emb_dim
        self.time_mlp = nn.Sequential(nn.Linear(emb_dim, emb_dim), nn.SiLU())
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, in_ch), nn.SiLU(), nn.Conv1d(in_ch, out_ch, 3, padding=1))
        self.emb_proj = zero_module(nn.Linear(emb_dim, 2 * out_ch))
        self.out_norm = nn.GroupNorm(groups, out_ch, affine=False)
        self.out_rest = nn.Sequential(
            nn.SiLU(), nn.Dropout(dropout), zero_module(nn.Conv1d(out_ch, out_ch, 3, padding=1)))
        self.skip = nn.Conv1d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x, t):
        emb = self.time_mlp(timestep_embedding(t, self.emb_dim))
        scale, shift = self.emb_proj(emb).unsqueeze(-1).chunk(2, dim=1)
        h = self.in_layers(x)
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_rest(h)
        return self.skip(x) + h
