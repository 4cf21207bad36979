# residua-test: right target=ResBlock args=channels=16,emb_channels=24
import torch
import torch.nn as nn
import torch.nn.functional as F


def zero_module(m):
    for p in m.parameters():
        p.detach().zero_()
    return m


class ResBlock(nn.Module):
    """Guided-diffusion residual block with scale-shift norm, optional up/down sampling."""

    def __init__(self, channels, emb_channels, out_channels=None, up=False, down=False):
        super().__init__()
        out_channels = out_channels or channels
        self.up, self.down = up, down
        self.in_norm = nn.GroupNorm(8, channels)
        self.in_conv = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.emb = nn.Linear(emb_channels, 2 * out_channels)
        self.out_norm = nn.GroupNorm(8, out_channels)
        self.out_conv = zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.skip = nn.Identity() if out_channels == channels else nn.Conv2d(channels, out_channels, 1)

    def resample(self, t):
        if self.up:
            return F.interpolate(t, scale_factor=2, mode="nearest")
        return F.avg_pool2d(t, 2) if self.down else t

    def forward(self, x, emb):
        h = F.silu(self.in_norm(x))
        h, x = self.resample(h), self.resample(x)
        h = self.in_conv(h)
        scale, shift = self.emb(F.silu(emb))[:, :, None, None].chunk(2, dim=1)
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_conv(F.silu(h))
        return self.skip(x) + h
