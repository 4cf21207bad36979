# residua-test: right target=ResnetBlockBigGANpp
# Why it is right: NCSN++ resamples both paths alike, starts the last conv at zero and divides the sum by the square root of two.
import math
import torch
from torch import nn
import torch.nn.functional as F


def conv3x3(cin, cout, init_scale=1.0):
    conv = nn.Conv2d(cin, cout, 3, padding=1)
    if init_scale == 0.0:
        nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
    return conv


class ResnetBlockBigGANpp(nn.Module):
    """Score network block. x: (B, in_ch, H, W), temb: (B, temb_dim)."""

    def __init__(self, in_ch, out_ch, temb_dim, up=False, down=False, dropout=0.1, skip_rescale=True):
        super().__init__()
        self.up, self.down, self.skip_rescale = up, down, skip_rescale
        self.norm0 = nn.GroupNorm(min(in_ch // 4, 32), in_ch, eps=1e-6)
        self.conv0 = conv3x3(in_ch, out_ch)
        self.dense0 = nn.Linear(temb_dim, out_ch)
        self.norm1 = nn.GroupNorm(min(out_ch // 4, 32), out_ch, eps=1e-6)
        self.drop = nn.Dropout(dropout)
        self.conv1 = conv3x3(out_ch, out_ch, init_scale=0.0)
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch or up or down else None

    def resample(self, t):
        if self.up:
            return F.interpolate(t, scale_factor=2, mode="nearest")
        if self.down:
            return F.avg_pool2d(t, 2)
        return t

    def forward(self, x, temb):
        h = self.resample(F.silu(self.norm0(x)))
        x = self.resample(x)
        h = self.conv0(h)
        h = h + self.dense0(F.silu(temb))[:, :, None, None]
        h = self.conv1(self.drop(F.silu(self.norm1(h))))
        if self.skip is not None:
            x = self.skip(x)
        return (x + h) / math.sqrt(2.0) if self.skip_rescale else x + h
