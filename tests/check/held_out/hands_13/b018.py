# residua-test: right target=NestedHourglass
import torch
from torch import nn
from torch.nn import functional as F


class PreActBottleneck(nn.Module):
    def __init__(self, c):
        super().__init__()
        h = c // 2
        seq = []
        for a, b, k in ((c, h, 1), (h, h, 3), (h, c, 1)):
            seq += [nn.BatchNorm2d(a), nn.ReLU(inplace=True), nn.Conv2d(a, b, k, padding=k // 2)]
        self.seq = nn.Sequential(*seq)

    def forward(self, x):
        return self.seq(x) + x


class NestedHourglass(nn.Module):
    """Hourglass for key points: a level holds the next smaller level. Sides divisible by 2**depth."""

    def __init__(self, c: int = 32, depth: int = 3):
        super().__init__()
        self.same_res = PreActBottleneck(c)
        self.before = PreActBottleneck(c)
        self.inner = NestedHourglass(c, depth - 1) if depth > 1 else PreActBottleneck(c)
        self.after = PreActBottleneck(c)

    def forward(self, x):
        small = F.max_pool2d(x, 2)
        small = self.after(self.inner(self.before(small)))
        return self.same_res(x) + F.interpolate(small, scale_factor=2, mode='nearest')
