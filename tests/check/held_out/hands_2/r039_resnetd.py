# residua-test: right target=BottleneckD
import torch.nn as nn


def cbr(i, o, k, s=1, relu=True):
    seq = nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o))
    if relu:
        seq.append(nn.ReLU(inplace=True))
    return seq


class BottleneckD(nn.Module):
    """ResNet-D: average pool in front of the 1x1 projection; last gamma starts at zero."""
    expansion = 4

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        out = planes * self.expansion
        self.branch = nn.Sequential(cbr(inplanes, planes, 1), cbr(planes, planes, 3, stride), cbr(planes, out, 1, relu=False))
        nn.init.zeros_(self.branch[-1][1].weight)
        short = []
        if stride > 1:
            short.append(nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False))
        if inplanes != out or stride > 1:
            short.append(cbr(inplanes, out, 1, relu=False))
        self.short = nn.Sequential(*short)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.branch(x) + self.short(x))
