# residua-test: wrong target=ConvBlock1d
# What is wrong: LayerNorm(channels) is applied to (B, C, T) without a transpose: normalises the time axis / crashes
import torch
import torch.nn as nn


class ConvBlock1d(nn.Module):
    """Depthwise-separable residual block for (batch, channels, time) sequences."""

    def __init__(self, channels, kernel_size=5):
        super().__init__()
        self.dw = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)  # expect
        self.pw1 = nn.Conv1d(channels, channels * 2, 1)
        self.pw2 = nn.Conv1d(channels * 2, channels, 1)
        self.act = nn.GELU()

    def forward(self, x):
        h = self.dw(x)
        h = self.norm(h)  # expect: R213
        h = self.pw2(self.act(self.pw1(h)))
        return x + h
