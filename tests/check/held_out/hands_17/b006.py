# residua-test: wrong target=CifarNet
# What is wrong: units of three convolutions are counted with the formula of two: depth 56 builds 83 layers ((depth - 2) // 9 is right)
import torch
import torch.nn as nn


class Narrow(nn.Module):
    """1x1, 3x3, 1x1 with four times the width at the end."""

    widen = 4

    def __init__(self, inner_in, inner, stride):
        super().__init__()
        outer = inner * self.widen
        self.squeeze = nn.Sequential(nn.Conv2d(inner_in, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU())
        self.spatial = nn.Sequential(nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU())
        self.restore = nn.Sequential(nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer))
        if stride != 1 or inner_in != outer:
            self.skip = nn.Sequential(nn.Conv2d(inner_in, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))
        else:
            self.skip = nn.Sequential()

    def forward(self, x):
        return torch.relu(self.restore(self.spatial(self.squeeze(x))) + self.skip(x))


class CifarNet(nn.Module):
    def __init__(self, depth=56, num_classes=10):
        super().__init__()
        n = (depth - 2) // 6  # expect: R140
        self.entry = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        units, width = [], 16
        for inner, stride in ((16, 1), (32, 2), (64, 2)):
            for k in range(n):
                units.append(Narrow(width, inner, stride if k == 0 else 1))
                width = inner * Narrow.widen
        self.units = nn.Sequential(*units)
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.units(self.entry(x))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))
