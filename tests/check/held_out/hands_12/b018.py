# residua-test: wrong target=TimestepResBlock
# What is wrong: with up or down the hidden path is resampled but the skip still uses the original x, so the sum fails (x is not resampled)
import torch as th
import torch.nn as nn
import torch.nn.functional as F


def zero_module(module):
    """Zero out the parameters of a module and return it."""
    for p in module.parameters():
        p.detach().zero_()
    return module


class Upsample(nn.Module):
    def forward(self, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")


class TimestepResBlock(nn.Module):
    """
    A residual block of the diffusion U-Net.

    :param channels: the number of input channels.
    :param emb_channels: the number of timestep embedding channels.
    :param out_channels: if specified, the number of out channels.
    :param up: use this block for upsampling.
    :param down: use this block for downsampling.
    """

    def __init__(self, channels, emb_channels, out_channels=None, dropout=0.0, up=False, down=False):
        super().__init__()
        self.out_channels = out_channels or channels
        self.in_norm = nn.GroupNorm(8, channels)
        self.in_conv = nn.Conv2d(channels, self.out_channels, 3, padding=1)

        self.updown = up or down
        if up:
            self.resample = Upsample()
        elif down:
            self.resample = nn.AvgPool2d(2)
        else:
            self.resample = nn.Identity()

        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * self.out_channels))
        self.out_norm = nn.GroupNorm(8, self.out_channels)
        self.out_rest = nn.Sequential(
            nn.SiLU(),
            nn.Dropout(p=dropout),
            zero_module(nn.Conv2d(self.out_channels, self.out_channels, 3, padding=1)),
        )

        if self.out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, self.out_channels, 1)

    def forward(self, x, emb):
        h = F.silu(self.in_norm(x))
        if self.updown:
            h = self.resample(h)
        h = self.in_conv(h)
        emb_out = self.emb_layers(emb)[..., None, None]
        scale, shift = th.chunk(emb_out, 2, dim=1)
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_rest(h)
        return self.skip_connection(x) + h  # expect: R114
