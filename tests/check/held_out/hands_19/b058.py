# residua-test: right target=ResBlock args='in_channel=32, out_channel=64'
# Why it is right: StyleGAN2's discriminator block: both paths downsample, the skip is linear, and the sum is divided by sqrt(2) to keep the variance.
import math

import torch
from torch import nn
from torch.nn import functional as F


class EqualConv2d(nn.Module):
    def __init__(self, cin, cout, k, stride=1, padding=0, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, k, k))
        self.scale = 1 / math.sqrt(cin * k ** 2)
        self.stride, self.padding = stride, padding
        self.bias = nn.Parameter(torch.zeros(cout)) if bias else None

    def forward(self, x):
        return F.conv2d(x, self.weight * self.scale, bias=self.bias, stride=self.stride, padding=self.padding)


class Blur(nn.Module):
    def __init__(self, pad):
        super().__init__()
        k = torch.tensor([1., 3., 3., 1.])
        k = k[None, :] * k[:, None]
        self.register_buffer('kernel', (k / k.sum())[None, None])
        self.pad = pad

    def forward(self, x):
        c = x.shape[1]
        return F.conv2d(F.pad(x, self.pad), self.kernel.repeat(c, 1, 1, 1), groups=c)


class ConvLayer(nn.Sequential):
    def __init__(self, cin, cout, k, downsample=False, bias=True, activate=True):
        layers = []
        stride, padding = 1, k // 2
        if downsample:
            p = (4 - 2) + (k - 1)
            layers.append(Blur(((p + 1) // 2, p // 2, (p + 1) // 2, p // 2)))
            stride, padding = 2, 0
        layers.append(EqualConv2d(cin, cout, k, stride, padding, bias=bias))
        if activate:
            layers.append(nn.LeakyReLU(0.2))
        super().__init__(*layers)


class ResBlock(nn.Module):
    def __init__(self, in_channel, out_channel):
        super().__init__()
        self.conv1 = ConvLayer(in_channel, in_channel, 3)
        self.conv2 = ConvLayer(in_channel, out_channel, 3, downsample=True)
        self.skip = ConvLayer(in_channel, out_channel, 1, downsample=True, activate=False, bias=False)

    def forward(self, input):
        out = self.conv2(self.conv1(input))
        return (out + self.skip(input)) / math.sqrt(2)
