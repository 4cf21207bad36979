# residua-test: wrong target=PASRBlock
# What is wrong: The in-place product overwrites the output of the sigmoid, which its backward needs: backward raises an exception.
import torch
import torch.nn as nn


class PixelAttention(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv = nn.Conv2d(nf, nf, 1)

    def forward(self, x):
        y = torch.sigmoid(self.conv(x))
        y *= x  # expect: R109
        return y


class PASRBlock(nn.Module):
    """Residual unit with pixel attention for efficient super-resolution."""

    def __init__(self, nf=24):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1, bias=False)
        self.pa = PixelAttention(nf)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2)

    def forward(self, x):
        residual = x
        out = self.lrelu(self.conv1(x))
        out = self.pa(self.conv2(out))
        return out + residual
