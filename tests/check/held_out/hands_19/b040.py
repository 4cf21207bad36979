# residua-test: right target=Bottle2neck args='inplanes=64, planes=16'
# Why it is right: a Res2Net bottleneck: the splits pass through their convolutions hierarchically and the last split is passed on unchanged.
import math

import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, baseWidth=26, scale=4):
        super().__init__()
        width = int(math.floor(planes * (baseWidth / 64.0)))
        self.conv1 = nn.Conv2d(inplanes, width * scale, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.nums = scale - 1
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(self.nums))
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(self.nums))
        self.conv3 = nn.Conv2d(width * scale, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.width = width

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        pieces = []
        sp = spx[0]
        for i in range(self.nums):
            sp = sp if i == 0 else sp + spx[i]
            sp = self.bns[i](self.convs[i](sp)).relu()
            pieces.append(sp)
        pieces.append(spx[self.nums])
        out = torch.cat(pieces, 1)
        out = self.bn3(self.conv3(out))
        out += residual
        return self.relu(out)
