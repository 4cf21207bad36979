# residua-test: wrong target=GhostUnit
# What is wrong: shortcut is assigned only where a projection exists: UnboundLocalError for equal channels and stride 1
import torch
import torch.nn as nn


class Ghost(nn.Module):
    def __init__(self, cin, cout, act):
        super().__init__()
        primary = cout // 2
        self.dense = nn.Sequential(nn.Conv2d(cin, primary, 1, bias=False), nn.BatchNorm2d(primary), act())
        self.cheap = nn.Sequential(nn.Conv2d(primary, cout - primary, 3, padding=1, groups=primary, bias=False), nn.BatchNorm2d(cout - primary), act())

    def forward(self, x):
        a = self.dense(x)
        return torch.cat([a, self.cheap(a)], dim=1)


class GhostUnit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        mid = 2 * cin
        self.expand = Ghost(cin, mid, nn.ReLU)
        self.reduce = Ghost(mid, cout, nn.Identity)
        self.depthwise = None
        self.project = None
        if stride > 1:
            self.depthwise = nn.Sequential(nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid))
        if stride > 1 or cin != cout:
            self.project = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.expand(x)
        if self.depthwise is not None:
            y = self.depthwise(y)
        y = self.reduce(y)
        if self.project is not None:
            shortcut = self.project(x)
        return y + shortcut  # expect: R161
