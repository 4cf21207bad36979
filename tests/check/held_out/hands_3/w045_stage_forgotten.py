# residua-test: wrong target=ResNetTiny args='cfg=Config()'
# What is wrong: stage3 is never called in forward, so the head gets too few channels
from dataclasses import dataclass
import torch
import torch.nn as nn


@dataclass
class Config:
    width: int = 16
    depths: tuple = (2, 2, 2)
    num_classes: int = 10


class Unit(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                               nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        same = i == o and s == 1
        self.g = nn.Identity() if same else nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return torch.relu(self.f(x) + self.g(x))


def stage(i, o, depth, s):
    return nn.Sequential(*[Unit(i if k == 0 else o, o, s if k == 0 else 1) for k in range(depth)])


class ResNetTiny(nn.Module):
    def __init__(self, cfg: Config = Config()):
        super().__init__()
        w = cfg.width
        self.stem = nn.Sequential(nn.Conv2d(3, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.stage1 = stage(w, w, cfg.depths[0], 1)
        self.stage2 = stage(w, 2 * w, cfg.depths[1], 2)
        self.stage3 = stage(2 * w, 4 * w, cfg.depths[2], 2)  # expect
        self.head = nn.Linear(4 * w, cfg.num_classes)  # expect: R154

    def forward(self, x):
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)  # expect
        x = x.mean(dim=(2, 3))  # expect
        return self.head(x)  # expect
