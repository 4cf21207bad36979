# residua-test: right target=StyleDiscriminator
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


class ScaledLeakyReLU(nn.Module):
    def forward(self, x):
        return F.leaky_relu(x, 0.2) * math.sqrt(2)


class DiscBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Sequential(EqualConv2d(cin, cin, 3, padding=1), ScaledLeakyReLU())
        self.conv2 = nn.Sequential(
            nn.AvgPool2d(2), EqualConv2d(cin, cout, 3, padding=1), ScaledLeakyReLU()
        )
        self.skip = EqualConv2d(cin, cout, 1, bias=False)

    def forward(self, input):
        out = self.conv2(self.conv1(input))
        skip = self.skip(F.interpolate(input, scale_factor=0.5, mode='bilinear', align_corners=False))
        return (out + skip) / math.sqrt(2)


class StyleDiscriminator(nn.Module):
    def __init__(self, size=64, in_ch=3, base=16):
        super().__init__()
        log = int(math.log2(size))
        assert 2 ** log == size
        ch = base
        layers = [EqualConv2d(in_ch, ch, 1), ScaledLeakyReLU()]
        for _ in range(log - 2):
            nxt = min(2 * ch, 128)
            layers.append(DiscBlock(ch, nxt))
            ch = nxt
        self.convs = nn.Sequential(*layers)
        self.final = nn.Sequential(EqualConv2d(ch, ch, 3, padding=1), ScaledLeakyReLU(), nn.Flatten())
        self.score = nn.Linear(ch * 4 * 4, 1)

    def forward(self, img):
        return self.score(self.final(self.convs(img)))
