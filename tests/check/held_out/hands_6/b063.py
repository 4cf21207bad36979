# residua-test: right target=SDResNet
from typing import NamedTuple, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F


class Config(NamedTuple):
    widths: Tuple[int, ...] = (16, 32)
    blocks: int = 3
    last_survival: float = 0.5
    classes: int = 10


class Transition(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(o)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class SDBlock(nn.Module):
    def __init__(self, c, survival):
        super().__init__()
        self.survival = survival
        self.f = nn.Sequential(
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(inplace=True),
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        if not self.training:
            return F.relu(x + self.survival * self.f(x))
        if torch.rand(()) < self.survival:
            return F.relu(x + self.f(x))
        return x        # x is a relu output already


class SDResNet(nn.Module):
    def __init__(self, cfg=Config()):
        super().__init__()
        total = len(cfg.widths) * cfg.blocks
        layers = [nn.Conv2d(3, cfg.widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(cfg.widths[0]), nn.ReLU()]
        k = 0
        for s, w in enumerate(cfg.widths):
            if s > 0:
                layers.append(Transition(cfg.widths[s - 1], w))
            for _ in range(cfg.blocks):
                k += 1
                layers.append(SDBlock(w, 1 - k / total * (1 - cfg.last_survival)))
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(cfg.widths[-1], cfg.classes)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))
