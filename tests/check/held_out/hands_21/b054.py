# residua-test: right target=TimeResBlock
# Why it is right: A guided-diffusion block: scale-shift norm with 1 + scale and a zero-initialised last convolution, so it starts as its shortcut.
import torch
import torch.nn as nn


def zero_module(m):
    for p in m.parameters():
        nn.init.zeros_(p)
    return m


class TimeResBlock(nn.Module):
    """x: (B, channels, H, W), emb: (B, emb_channels) time embedding"""

    def __init__(self, channels=32, emb_channels=64, out_channels=64, dropout=0.1, groups=8):
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * out_channels))
        self.out_norm = nn.GroupNorm(groups, out_channels)
        self.out_rest = nn.Sequential(nn.SiLU(), nn.Dropout(dropout), zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1)))
        self.skip = nn.Identity() if channels == out_channels else nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        scale, shift = self.emb_layers(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.out_norm(h) * (1 + scale) + shift
        return self.skip(x) + self.out_rest(h)
