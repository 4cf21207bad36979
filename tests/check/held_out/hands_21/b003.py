# residua-test: wrong target=ResNetFPN
# What is wrong: The top-down additions run from the finest level upwards, so each level receives only the raw lateral of its neighbour and the coarse semantics never reach the fine levels.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(cin, cout, 3, 2, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))
        self.b = nn.Sequential(nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.skip(x))


class ResNetFPN(nn.Module):
    """Tiny backbone + FPN for a one-stage detector; returns P2..P5, fine to coarse."""

    def __init__(self, widths=(16, 32, 64, 128), out_channels=32):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        cins = (16,) + tuple(widths[:-1])
        self.stages = nn.ModuleList([Block(i, o) for i, o in zip(cins, widths)])
        self.lateral = nn.ModuleList([nn.Conv2d(w, out_channels, 1) for w in widths])
        self.smooth = nn.ModuleList([nn.Conv2d(out_channels, out_channels, 3, padding=1) for _ in widths])

    def forward(self, x):
        x = self.stem(x)
        maps = []
        for stage, lat in zip(self.stages, self.lateral):
            x = stage(x)
            maps.append(lat(x))
        for i in range(len(maps) - 1):  # expect: R243
            maps[i] = maps[i] + F.interpolate(maps[i + 1], size=maps[i].shape[-2:], mode="nearest")
        return [conv(m) for conv, m in zip(self.smooth, maps)]
