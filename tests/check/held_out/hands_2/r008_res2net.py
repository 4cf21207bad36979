# residua-test: right target=Res2NetBlock
import torch
import torch.nn as nn


class Res2NetBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, scale=4):
        super().__init__()
        self.scale = scale
        self.first = stride > 1 or inplanes != planes
        w = planes // scale
        self.conv1 = nn.Sequential(nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())
        self.mid = nn.ModuleList([
            nn.Sequential(nn.Conv2d(w, w, 3, stride, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
            for _ in range(scale - 1)])
        self.pool = nn.AvgPool2d(3, stride, 1) if self.first else nn.Identity()
        self.conv3 = nn.Sequential(nn.Conv2d(planes, planes, 1, bias=False), nn.BatchNorm2d(planes))
        self.down = nn.Identity()
        if self.first:
            self.down = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))
        self.relu = nn.ReLU()

    def forward(self, x):
        parts = self.conv1(x).chunk(self.scale, 1)
        ys, prev = [], None
        for m, p in zip(self.mid, parts):
            prev = m(p if prev is None or self.first else p + prev)
            ys.append(prev)
        ys.append(self.pool(parts[-1]))
        y = self.conv3(torch.cat(ys, 1))
        return self.relu(y + self.down(x))
