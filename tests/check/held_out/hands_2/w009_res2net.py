# residua-test: wrong target=Bottle2neck
# What is wrong: the concatenation takes the raw splits (spx) instead of the processed ones, so the 3x3 convolutions are dead
import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    """Res2Net module (hierarchical residual-like connections)."""

    def __init__(self, inplanes, planes, scale=4):
        super().__init__()
        self.width = planes // scale
        self.nums = scale - 1
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.convs = nn.ModuleList([nn.Conv2d(self.width, self.width, 3, 1, 1, bias=False) for _ in range(self.nums)])  # expect
        self.bns = nn.ModuleList([nn.BatchNorm2d(self.width) for _ in range(self.nums)])
        self.conv3 = nn.Conv2d(planes, planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.downsample = None
        if inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        outs = []
        for i in range(self.nums):
            sp = spx[i] if i == 0 else sp + spx[i]
            sp = self.relu(self.bns[i](self.convs[i](sp)))
            outs.append(sp)
        outs.append(spx[self.nums])
        y = torch.cat(spx, dim=1)  # expect: R155
        y = self.bn3(self.conv3(y))
        return self.relu(y + res)
