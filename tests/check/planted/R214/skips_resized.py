# residua-test: wrong target=SegNet right=networks/skips_resized slow
import torch
import torch.nn.functional as F
from torch import nn


class Res(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(torch.relu(self.conv1(x)))


class SegNet(nn.Module):
    def __init__(self, width=16, num_classes=4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.enc = nn.ModuleList(Res(width) for _ in range(3))
        self.mid = Res(width)
        self.dec = nn.ModuleList(Res(width) for _ in range(3))
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        size = x.shape[2:]
        x = self.stem(x)
        skips = []
        for block in self.enc:
            x = block(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.mid(x)
        for block in self.dec:
            skip = skips.pop(0)  # expect: R214
            x = F.interpolate(x, scale_factor=2)
            x = block(x + F.interpolate(skip, size=x.shape[2:]))
        return F.interpolate(self.head(x), size=size)
