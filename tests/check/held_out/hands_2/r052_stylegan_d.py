# residua-test: right target=DiscriminatorBlock
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class EqualConv2d(nn.Module):
    def __init__(self, cin, cout, k, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, k, k))
        self.bias = nn.Parameter(torch.zeros(cout)) if bias else None
        self.gain = 1 / math.sqrt(cin * k * k)
        self.pad = k // 2

    def forward(self, x):
        return F.conv2d(x, self.weight * self.gain, self.bias, padding=self.pad)


class DiscriminatorBlock(nn.Module):
    """StyleGAN2 residual discriminator block; the sum is divided by sqrt(2) to keep the variance."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = EqualConv2d(in_channels, in_channels, 3)
        self.conv2 = EqualConv2d(in_channels, out_channels, 3)
        self.skip = EqualConv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x):
        out = F.leaky_relu(self.conv1(x), 0.2)
        out = F.avg_pool2d(F.leaky_relu(self.conv2(out), 0.2), 2)
        skip = self.skip(F.avg_pool2d(x, 2))
        return (out + skip) / math.sqrt(2)
