# residua-test: right target=InvertedResidual
import torch
from torch import nn


def conv_bn(i, o, k, s=1, g=1, act=True):
    mods = [nn.Conv2d(i, o, k, s, (k - 1) // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
    if act:
        mods.append(nn.ReLU6(inplace=True))
    return mods


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride=1, expand_ratio=6):
        super().__init__()
        hidden = int(round(inp * expand_ratio))
        self.use_res_connect = stride == 1 and inp == oup

        layers = []
        if expand_ratio != 1:
            layers += conv_bn(inp, hidden, 1)
        layers += conv_bn(hidden, hidden, 3, stride, hidden)
        layers += conv_bn(hidden, oup, 1, act=False)  # linear bottleneck
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        out = self.conv(x)
        if self.use_res_connect:
            return x + out
        return out
