# residua-test: wrong target=Block
# What is wrong: gamma of shape (dim,) multiplies an NCHW tensor and so broadcasts over the width
import torch
import torch.nn as nn


class ChannelNorm(nn.GroupNorm):
    def __init__(self, num_channels):
        super().__init__(1, num_channels)


class Block(nn.Module):
    def __init__(self, dim, mlp_ratio=4, init_value=1e-5):
        super().__init__()
        hidden = dim * mlp_ratio
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = ChannelNorm(dim)
        self.pw1 = nn.Conv2d(dim, hidden, 1)
        self.act = nn.GELU()
        self.pw2 = nn.Conv2d(hidden, dim, 1)
        self.gamma = nn.Parameter(init_value * torch.ones(dim))  # expect

    def forward(self, x):
        shortcut = x
        x = self.norm(self.dw(x))
        x = self.pw2(self.act(self.pw1(x)))
        return shortcut + self.gamma * x  # expect: R161
