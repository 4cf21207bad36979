# residua-test: right target=ResNetD
# Why it is right: ResNet-D: average pooling before an unstrided 1x1 shortcut; the in-place ReLUs and the in-place sum act on tensors that no backward needs.
from dataclasses import dataclass, field
import torch
import torch.nn as nn


@dataclass
class Config:
    widths: list = field(default_factory=lambda: [16, 32])
    depths: list = field(default_factory=lambda: [2, 2])
    stem: int = 16
    num_classes: int = 7


def cb(i, o, k, s=1):
    return [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, cin, width, stride):
        super().__init__()
        cout = width * self.expansion
        self.body = nn.Sequential(
            *cb(cin, width, 1), nn.ReLU(inplace=True),
            *cb(width, width, 3, stride), nn.ReLU(inplace=True),
            *cb(width, cout, 1))
        short = []
        if stride > 1:
            short.append(nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False))
        if cin != cout:
            short += cb(cin, cout, 1)
        self.short = nn.Sequential(*short)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.body(x)
        y += self.short(x)
        return self.relu(y)


class ResNetD(nn.Module):
    def __init__(self, cfg=None):
        super().__init__()
        cfg = cfg or Config()
        self.stem = nn.Sequential(*cb(3, cfg.stem, 3, 2), nn.ReLU(inplace=True))
        blocks, c = [], cfg.stem
        for s, (w, d) in enumerate(zip(cfg.widths, cfg.depths)):
            for i in range(d):
                blocks.append(Bottleneck(c, w, 2 if s and not i else 1))
                c = w * Bottleneck.expansion
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, cfg.num_classes))

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
