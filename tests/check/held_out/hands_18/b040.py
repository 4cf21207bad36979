# residua-test: wrong target=Bottle2neck
# What is wrong: The hierarchical sum sp + spx[i] of Res2Net is missing (sp is simply replaced), so the splits do not feed each other and it is a grouped conv.
import torch
import torch.nn as nn
import math


class Bottle2neck(nn.Module):
    """Res2Net bottleneck: the 3x3 conv is split in `scale` hierarchical 3x3 convs,
    each one receives its split plus the output of the one before."""
    expansion = 2

    def __init__(self, inplanes, planes, baseWidth=26, scale=4):
        super().__init__()
        width = int(math.floor(planes * (baseWidth / 64.0)))
        self.conv1 = nn.Conv2d(inplanes, width * scale, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        assert scale > 1
        self.nums = scale - 1
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False) for _ in range(self.nums)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(self.nums)])
        self.conv3 = nn.Conv2d(width * scale, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if inplanes != planes * self.expansion:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes * self.expansion, 1, bias=False),
                nn.BatchNorm2d(planes * self.expansion))
        self.width = width

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        for i in range(self.nums):
            sp = spx[i]  # expect: R237
            sp = self.relu(self.bns[i](self.convs[i](sp)))
            out = sp if i == 0 else torch.cat((out, sp), 1)
        out = torch.cat((out, spx[self.nums]), 1)
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return self.relu(out)
