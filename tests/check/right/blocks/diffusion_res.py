# residua-test: right target=DiffusionRes style='pre-activation basic'
import torch.nn as nn
import torch.nn.functional as F


class DiffusionRes(nn.Module):
    def __init__(self, in_channels, out_channels=None, temb_channels=512, dropout=0.1):
        super().__init__()
        out_channels = out_channels or in_channels
        self.norm1, self.conv1 = nn.GroupNorm(32, in_channels), nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.temb_proj = nn.Linear(temb_channels, out_channels)
        self.norm2, self.dropout, self.conv2 = nn.GroupNorm(32, out_channels), nn.Dropout(dropout), nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if in_channels != out_channels:
            self.nin_shortcut = nn.Conv2d(in_channels, out_channels, 1)
        self.same = in_channels == out_channels

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.temb_proj(F.silu(temb))[:, :, None, None]
        h = self.conv2(self.dropout(F.silu(self.norm2(h))))
        return (x if self.same else self.nin_shortcut(x)) + h
