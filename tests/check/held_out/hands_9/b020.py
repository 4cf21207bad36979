# residua-test: wrong target=TimeResBlock
# What is wrong: The modulation is `norm * scale + shift` with a zero-initialised projection (no 1 + scale), so the branch is exactly zero before the zero-initialised last conv: neither ever gets a gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


def zero_module(module: nn.Module) -> nn.Module:
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


class TimeResBlock(nn.Module):
    """ResBlock of a diffusion U-Net, conditioned on the timestep embedding by scale and shift.

    At the start of the training the block is equal to its skip.
    """

    def __init__(self, channels, out_channels, emb_channels, dropout=0.0, groups=32):
        super().__init__()
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, channels),
            nn.SiLU(),
            nn.Conv2d(channels, out_channels, 3, padding=1),
        )
        self.emb_layers = nn.Sequential(
            nn.SiLU(),
            zero_module(nn.Linear(emb_channels, 2 * out_channels)),
        )
        self.out_norm = nn.GroupNorm(groups, out_channels)
        self.dropout = nn.Dropout(dropout)
        self.out_conv = zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        if channels == out_channels:
            self.skip = nn.Identity()
        else:
            self.skip = nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        scale, shift = self.emb_layers(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.out_norm(h) * scale + shift  # expect: R172
        h = self.out_conv(self.dropout(F.silu(h)))
        return self.skip(x) + h
