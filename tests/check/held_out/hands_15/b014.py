# residua-test: wrong target=TimeResBlock
# What is wrong: the scale is added in the place of the shift, so the shift half of the time projection is never used
import torch
import torch.nn as nn
import torch.nn.functional as F


class TimeResBlock(nn.Module):
    """Guided-diffusion style residual block: GroupNorm -> SiLU -> conv, twice;
    the time embedding gives a scale and a shift for the second norm."""

    def __init__(self, in_ch=64, out_ch=96, emb_ch=128, dropout=0.1, groups=32):
        super().__init__()
        self.in_norm = nn.GroupNorm(groups, in_ch)
        self.in_conv = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.emb = nn.Linear(emb_ch, 2 * out_ch)
        self.out_norm = nn.GroupNorm(groups, out_ch)
        self.drop = nn.Dropout(dropout)
        self.out_conv = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        nn.init.zeros_(self.out_conv.weight)
        nn.init.zeros_(self.out_conv.bias)
        self.skip = nn.Identity() if in_ch == out_ch else nn.Conv2d(in_ch, out_ch, 1)

    def forward(self, x, t):
        h = self.in_conv(F.silu(self.in_norm(x)))
        emb = self.emb(F.silu(t))[:, :, None, None]
        scale, shift = emb.chunk(2, dim=1)
        h = self.out_norm(h) * (1 + scale) + scale  # expect: R174
        h = self.out_conv(self.drop(F.silu(h)))
        return self.skip(x) + h
