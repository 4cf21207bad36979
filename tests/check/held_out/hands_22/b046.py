# residua-test: wrong target=Bottle2neck args='inplanes=64, planes=16'
# What is wrong: Each convolution is fed with its own split instead of the split plus the previous output, so the hierarchy of Res2Net is gone.
import math
import torch
import torch.nn as nn


class Bottle2neck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, base_width=26, scale=4):
        super().__init__()
        width = int(math.floor(planes * (base_width / 64.0)))
        self.width, self.scale, self.nums = width, scale, scale - 1
        self.conv1 = nn.Conv2d(inplanes, width * scale, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width * scale)
        self.convs = nn.ModuleList(
            nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False) for _ in range(self.nums))
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(self.nums))
        self.conv3 = nn.Conv2d(width * scale, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        assert inplanes == planes * self.expansion

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        outs = []
        for i in range(self.nums):
            sp = spx[i] if i == 0 else sp + spx[i]  # found: R155
            sp = self.convs[i](spx[i])  # expect: R237
            sp = self.relu(self.bns[i](sp))
            outs.append(sp)
        outs.append(spx[self.nums])
        out = self.bn3(self.conv3(torch.cat(outs, 1)))
        return self.relu(out + residual)
