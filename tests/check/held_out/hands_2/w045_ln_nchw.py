# residua-test: wrong target=LNResBlock
# What is wrong: nn.LayerNorm(channels) is applied to an NCHW tensor: it normalises the width axis (crash unless W == C)
import torch
import torch.nn as nn


class LNResBlock(nn.Module):
    def __init__(self, channels, mult=2):
        super().__init__()
        self.norm = nn.LayerNorm(channels)  # expect: R154
        self.expand = nn.Conv2d(channels, mult * channels, 1)
        self.depth = nn.Conv2d(mult * channels, mult * channels, 3, padding=1, groups=mult * channels)
        self.reduce = nn.Conv2d(mult * channels, channels, 1)
        self.gelu = nn.GELU()

    def forward(self, x):
        h = self.norm(x)  # expect
        h = self.gelu(self.expand(h))
        h = self.gelu(self.depth(h))
        return x + self.reduce(h)
