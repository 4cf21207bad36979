# residua-test: right target=Bottle2neck
import torch
import torch.nn as nn
import torch.nn.functional as F


class Bottle2neck(nn.Module):
    """The first block of a stage: its pieces are convolved apart, and the last one is pooled (Gao 2019)."""

    def __init__(self, channels, scale=4, stype='stage'):
        super().__init__()
        self.width, self.nums, self.stype = channels // scale, scale - 1, stype
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1)
        self.convs = nn.ModuleList([nn.Conv2d(self.width, self.width, 3, padding=1, bias=False) for _ in range(self.nums)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(self.width) for _ in range(self.nums)])
        self.conv3 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        spx = torch.split(F.relu(self.bn1(self.conv1(x))), self.width, 1)
        out = []
        for i in range(self.nums):
            sp = spx[i] if i == 0 or self.stype == 'stage' else sp + spx[i]
            sp = F.relu(self.bns[i](self.convs[i](sp)))
            out.append(sp)
        out.append(self.pool(spx[-1]) if self.stype == 'stage' else spx[-1])
        return F.relu(x + self.bn3(self.conv3(torch.cat(out, 1))))
