# residua-test: wrong target=UNetResBlock
# What is wrong: GroupNorm takes (num_groups, num_channels); the arguments are swapped, and the construction raises an exception.
import torch
import torch.nn as nn


def normalization(channels, groups=16):
    return nn.GroupNorm(channels, groups)  # expect: R161


class UNetResBlock(nn.Module):
    """DDPM residual block; temb is the embedded time step."""

    def __init__(self, in_channels=32, out_channels=64, temb_channels=128, dropout=0.1):
        super().__init__()
        self.in_layers = nn.Sequential(
            normalization(in_channels), nn.SiLU(),
            nn.Conv2d(in_channels, out_channels, 3, padding=1))
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(temb_channels, out_channels))
        self.out_layers = nn.Sequential(
            normalization(out_channels), nn.SiLU(), nn.Dropout(dropout),
            nn.Conv2d(out_channels, out_channels, 3, padding=1))
        nn.init.zeros_(self.out_layers[-1].weight)
        nn.init.zeros_(self.out_layers[-1].bias)
        self.skip = (nn.Identity() if in_channels == out_channels
                     else nn.Conv2d(in_channels, out_channels, 1))

    def forward(self, x, temb):
        h = self.in_layers(x)
        h = h + self.emb(temb)[:, :, None, None]
        return self.skip(x) + self.out_layers(h)
