# residua-test: wrong target=TimeResBlock
# What is wrong: scale and shift are split along the batch axis (dim 0) instead of the channel axis
import torch
import torch.nn as nn


class TimeResBlock(nn.Module):
    """Residual block with scale-shift conditioning."""

    def __init__(self, channels, emb_channels, out_channels=None):
        super().__init__()
        out_channels = out_channels or channels
        self.in_layers = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * out_channels))
        self.out_norm = nn.GroupNorm(8, out_channels)
        self.out_rest = nn.Sequential(nn.SiLU(), nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.skip = nn.Identity() if out_channels == channels else nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        e = self.emb_layers(emb)[..., None, None]
        scale, shift = torch.chunk(e, 2, dim=0)  # expect: R154
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_rest(h)
        return self.skip(x) + h
