# residua-test: right target=StochDepthNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class SDResBlock(nn.Module):
    def __init__(self, i, o, stride, survival):
        super().__init__()
        self.survival = survival
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.short = nn.Sequential()
        if stride != 1 or i != o:
            self.short = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def branch(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

    def forward(self, x):
        if self.training:
            # one coin for the whole mini batch (Huang et al. 2016)
            if torch.rand(1).item() < self.survival:
                return F.relu(self.branch(x) + self.short(x))
            return F.relu(self.short(x))
        return F.relu(self.survival * self.branch(x) + self.short(x))


class StochDepthNet(nn.Module):
    """p_l goes linearly from 1 to p_last."""

    def __init__(self, n=2, p_last=0.5, num_classes=10):
        super().__init__()
        widths = [16] * n + [32] * n + [64] * n
        total = len(widths)
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        blocks, i = [], 16
        for l, o in enumerate(widths, start=1):
            p = 1 - l / total * (1 - p_last)
            blocks.append(SDResBlock(i, o, 2 if o != i else 1, p))
            i = o
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
