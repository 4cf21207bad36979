# residua-test: right target=RightSegmentation
import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = None
        if stride != 1 or cin != cout:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.short is None else self.short(x)))


class RightSegmentation(nn.Module):
    def __init__(self, num_classes=5):
        super().__init__()
        self.down1, self.down2 = Unit(3, 16), Unit(16, 32, 2)
        self.up = nn.ConvTranspose2d(32, 16, 2, 2)
        self.fuse = Unit(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(a)
        return self.out(self.fuse(torch.cat([a, self.up(b)], 1)))
