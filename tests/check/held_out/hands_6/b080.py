# residua-test: wrong target=ResnetBlock
# What is wrong: h.add(...) is not in place and its result is thrown away, so the time embedding has no effect on the block.
import torch
from torch import nn
from torch.nn import functional as F


class ResnetBlock(nn.Module):
    def __init__(self, in_channels=16, out_channels=32, temb_channels=64, dropout=0.0, groups=8):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels, eps=1e-6)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.temb_proj = nn.Linear(temb_channels, out_channels)
        self.norm2 = nn.GroupNorm(groups, out_channels, eps=1e-6)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if in_channels != out_channels:
            self.nin_shortcut = nn.Conv2d(in_channels, out_channels, 1)
        else:
            self.nin_shortcut = nn.Identity()

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.norm1(x)))
        h.add(self.temb_proj(F.silu(temb))[:, :, None, None])  # expect: R155
        h = self.conv2(self.dropout(F.silu(self.norm2(h))))
        return self.nin_shortcut(x) + h
