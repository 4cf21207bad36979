# residua-test: right target=ResNet
from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import nn


@dataclass
class Config:
    in_chans: int = 3
    num_classes: int = 100
    width: int = 24
    blocks: tuple = (1, 2, 1)
    norm: callable = field(default_factory=lambda: partial(nn.BatchNorm2d, eps=1e-3, momentum=0.03))
    zero_init_last: bool = True


class Bottleneck(nn.Module):
    def __init__(self, cin, cmid, cout, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cmid, 1, bias=False)
        self.norm1 = norm(cmid)
        self.conv2 = nn.Conv2d(cmid, cmid, 3, stride, 1, bias=False)
        self.norm2 = norm(cmid)
        self.conv3 = nn.Conv2d(cmid, cout, 1, bias=False)
        self.norm3 = norm(cout)
        self.act = nn.ReLU()
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), norm(cout))

    def zero_init_last(self):
        nn.init.zeros_(self.norm3.weight)

    def forward(self, x):
        y = self.act(self.norm1(self.conv1(x)))
        y = self.act(self.norm2(self.conv2(y)))
        y = self.norm3(self.conv3(y))
        return self.act(y + (x if self.proj is None else self.proj(x)))


class ResNet(nn.Module):
    def __init__(self, cfg: Config | None = None):
        super().__init__()
        cfg = cfg or Config()
        self.stem = nn.Sequential(
            nn.Conv2d(cfg.in_chans, cfg.width, 3, 2, 1, bias=False), cfg.norm(cfg.width), nn.ReLU())
        stages, cin = [], cfg.width
        for i, n in enumerate(cfg.blocks):
            cmid = cfg.width * 2 ** i
            cout = cmid * 4
            for j in range(n):
                stages.append(Bottleneck(cin, cmid, cout, 2 if (i and not j) else 1, cfg.norm))
                cin = cout
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(cin, cfg.num_classes)
        if cfg.zero_init_last:
            for m in self.modules():
                if hasattr(m, "zero_init_last"):
                    m.zero_init_last()

    def forward(self, x):
        return self.head(self.stages(self.stem(x)).mean((-2, -1)))
