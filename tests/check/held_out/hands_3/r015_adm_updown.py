# residua-test: right target=ResBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    """GroupNorm-SiLU-conv block that may resample; both paths are resampled (BigGAN/ADM style)."""

    def __init__(self, channels, out_channels=None, dropout=0.0, up=False, down=False, groups=8):
        super().__init__()
        assert not (up and down)
        out_channels = out_channels or channels
        self.up, self.down = up, down
        self.norm_in = nn.GroupNorm(groups, channels)
        self.conv_in = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.norm_out = nn.GroupNorm(groups, out_channels)
        self.dropout = nn.Dropout(dropout)
        self.conv_out = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        # start as identity
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)
        if out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, out_channels, 1)

    def resample(self, t):
        if self.up:
            return F.interpolate(t, scale_factor=2, mode="nearest")
        if self.down:
            return F.avg_pool2d(t, 2)
        return t

    def forward(self, x):
        h = F.silu(self.norm_in(x))
        h = self.conv_in(self.resample(h))
        x = self.resample(x)
        h = self.conv_out(self.dropout(F.silu(self.norm_out(h))))
        return self.skip_connection(x) + h
