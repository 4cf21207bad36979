# residua-test: wrong target=RoadUNet
# What is wrong: The padding list starts with the height difference, but F.pad begins with the last axis (width), so sizes whose two differences are not equal still do not fit for the concatenation.
import torch
from torch import nn
import torch.nn.functional as F


class ResConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.two = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout))
        self.one = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        return torch.relu(self.two(x) + self.one(x))


class Decode(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.grow = nn.ConvTranspose2d(cin, cin // 2, 2, stride=2)
        self.res = ResConv(cin, cout)

    def forward(self, small, big):
        small = self.grow(small)
        # an odd size lost its last row / column in the pooling
        miss_h = big.size(2) - small.size(2)
        miss_w = big.size(3) - small.size(3)
        small = F.pad(small, [miss_h // 2, miss_h - miss_h // 2, miss_w // 2, miss_w - miss_w // 2])  # expect: R185
        return self.res(torch.cat([big, small], 1))


class RoadUNet(nn.Module):
    """any height and width is fine (>= 8)"""

    def __init__(self, channels=1, classes=2, f=16):
        super().__init__()
        self.enc = nn.ModuleList([ResConv(channels, f), ResConv(f, 2 * f), ResConv(2 * f, 4 * f), ResConv(4 * f, 8 * f)])
        self.dec = nn.ModuleList([Decode(8 * f, 4 * f), Decode(4 * f, 2 * f), Decode(2 * f, f)])
        self.out = nn.Conv2d(f, classes, 1)

    def forward(self, x):
        maps = []
        for i, e in enumerate(self.enc):
            x = e(x if i == 0 else F.max_pool2d(x, 2))
            maps.append(x)
        maps.pop()
        for d in self.dec:
            x = d(x, maps.pop())
        return self.out(x)
