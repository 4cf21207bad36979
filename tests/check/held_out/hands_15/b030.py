# residua-test: wrong target=ReZeroConvBlock
# What is wrong: alpha is a plain tensor of zeros and no nn.Parameter, so it never learns and the branch stays switched off
import torch
import torch.nn as nn


class ReZeroConvBlock(nn.Module):
    """ReZero for conv nets: y = x + alpha * F(x) with a learned alpha that starts at 0.

    No normalisation in F; tested with 2x64x24x24 patches.
    """

    def __init__(self, channels: int = 64, kernel_size: int = 3, act: str = "gelu"):
        super().__init__()
        pad = kernel_size // 2
        self.conv_a = nn.Conv2d(channels, channels, kernel_size, padding=pad)
        self.conv_b = nn.Conv2d(channels, channels, kernel_size, padding=pad)
        self.act = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}[act]()
        self.alpha = torch.zeros(1)  # expect: R171

    def forward(self, x):
        h = self.act(self.conv_a(x))
        h = self.conv_b(h)
        return x + self.alpha.to(x.device) * h
