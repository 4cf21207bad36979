# residua-test: right target=DiscriminatorBlock
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
        return F.conv2d(x, self.weight * self.scale, self.bias, self.stride, self.padding)


class Blur(nn.Module):
    def __init__(self):
        super().__init__()
        k = torch.tensor([1., 2., 1.])
        k = k[:, None] * k[None, :]
        self.register_buffer('kernel', (k / k.sum())[None, None])

    def forward(self, x):
        c = x.shape[1]
        x = F.pad(x, (1, 1, 1, 1), mode='reflect')
        return F.conv2d(x, self.kernel.expand(c, -1, -1, -1), groups=c)


class ScaledLeakyReLU(nn.Module):
    def forward(self, x):
        return F.leaky_relu(x, 0.2) * math.sqrt(2)


class DiscriminatorBlock(nn.Module):
    def __init__(self, in_channel, out_channel):
        super().__init__()
        self.conv1 = nn.Sequential(EqualConv2d(in_channel, in_channel, 3, padding=1), ScaledLeakyReLU())
        self.conv2 = nn.Sequential(Blur(), EqualConv2d(in_channel, out_channel, 3, stride=2, padding=1), ScaledLeakyReLU())
        self.skip = nn.Sequential(Blur(), EqualConv2d(in_channel, out_channel, 1, stride=2, bias=False))

    def forward(self, input):
        out = self.conv2(self.conv1(input))
        return (out + self.skip(input)) / math.sqrt(2)
