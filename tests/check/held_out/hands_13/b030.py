# residua-test: wrong target=MobileV3Block
# What is wrong: gap (the average pool) is made and never called, so the squeeze is missing and the gate is per pixel.
import torch
from torch import nn


class ChannelGate(nn.Module):
    """squeeze (global average) and excite, one weight per channel"""

    def __init__(self, c, ratio=4):
        super(ChannelGate, self).__init__()
        self.gap = nn.AdaptiveAvgPool2d(1)  # expect: R126
        self.excite = nn.Sequential(
            nn.Conv2d(c, c // ratio, 1),
            nn.ReLU(),
            nn.Conv2d(c // ratio, c, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, x):
        return x * self.excite(x)


class MobileV3Block(nn.Module):
    def __init__(self, c_in=24, c_mid=72, c_out=24, k=5, stride=1, se=True):
        super(MobileV3Block, self).__init__()
        layers = [
            nn.Conv2d(c_in, c_mid, 1, bias=False), nn.BatchNorm2d(c_mid), nn.Hardswish(),
            nn.Conv2d(c_mid, c_mid, k, stride, k // 2, groups=c_mid, bias=False), nn.BatchNorm2d(c_mid),
            nn.Hardswish(),
        ]
        if se:
            layers.append(ChannelGate(c_mid))
        layers += [nn.Conv2d(c_mid, c_out, 1, bias=False), nn.BatchNorm2d(c_out)]
        self.layers = nn.Sequential(*layers)
        self.add = stride == 1 and c_in == c_out

    def forward(self, x):
        if self.add:
            return x + self.layers(x)
        return self.layers(x)
