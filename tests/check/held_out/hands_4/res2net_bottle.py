# residua-test: right target=Bottle2neck args=inplanes=64,planes=16,stride=1,scale=4
import math

import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    expansion = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1, baseWidth: int = 26, scale: int = 4):
        super().__init__()
        assert scale > 1
        width = int(math.floor(planes * (baseWidth / 64.0)))
        outplanes = planes * self.expansion
        self.stype = 'stage' if stride != 1 or inplanes != outplanes else 'normal'
        self.width, self.scale = width, scale
        self.conv1 = nn.Conv2d(inplanes, width * scale, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, width, 3, stride, 1, bias=False) for _ in range(scale - 1)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(scale - 1)])
        self.pool = nn.AvgPool2d(3, stride, 1) if self.stype == 'stage' else nn.Identity()
        self.conv3 = nn.Conv2d(width * scale, outplanes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outplanes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if self.stype == 'stage':
            self.downsample = nn.Sequential(
                nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False),
                nn.Conv2d(inplanes, outplanes, 1, bias=False),
                nn.BatchNorm2d(outplanes))

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        outs = []
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            # in the first block of a stage the splits are not connected
            sp = spx[i] if i == 0 or self.stype == 'stage' else sp + spx[i]
            sp = self.relu(bn(conv(sp)))
            outs.append(sp)
        outs.append(self.pool(spx[-1]))
        out = self.bn3(self.conv3(torch.cat(outs, 1)))
        return self.relu(out + residual)
