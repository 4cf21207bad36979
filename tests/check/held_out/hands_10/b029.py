# residua-test: right target=MobileNetV3
import torch.nn as nn
from functools import partial
from typing import NamedTuple


def make_divisible(v, divisor=8):
    new_v = max(divisor, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


class Row(NamedTuple):
    k: int
    exp: int
    out: int
    se: bool
    hs: bool
    s: int


# small version, reduced. strides for 64x64 inputs
SMALL = [
    Row(3, 16, 16, True, False, 2),
    Row(3, 72, 24, False, False, 2),
    Row(3, 88, 24, False, False, 1),
    Row(5, 96, 40, True, True, 2),
    Row(5, 240, 40, True, True, 1),
]


class SE(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        m = make_divisible(c // r)
        self.net = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, m, 1), nn.ReLU(inplace=True), nn.Conv2d(m, c, 1), nn.Hardsigmoid(inplace=True))

    def forward(self, x):
        return x * self.net(x)


class Bneck(nn.Module):
    def __init__(self, inp, row, norm):
        super().__init__()
        act = nn.Hardswish if row.hs else nn.ReLU
        ops = []
        if row.exp != inp:
            ops += [nn.Conv2d(inp, row.exp, 1, bias=False), norm(row.exp), act(inplace=True)]
        ops += [nn.Conv2d(row.exp, row.exp, row.k, row.s, row.k // 2, groups=row.exp, bias=False), norm(row.exp)]
        if row.se:
            ops.append(SE(row.exp))
        ops += [act(), nn.Conv2d(row.exp, row.out, 1, bias=False), norm(row.out)]
        self.ops = nn.Sequential(*ops)
        self.identity = row.s == 1 and inp == row.out

    def forward(self, x):
        return x + self.ops(x) if self.identity else self.ops(x)


class MobileNetV3(nn.Module):
    def __init__(self, rows=SMALL, num_classes=10, norm=partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)):
        super().__init__()
        c = 16
        layers = [nn.Conv2d(3, c, 3, 2, 1, bias=False), norm(c), nn.Hardswish()]
        for r in rows:
            layers.append(Bneck(c, r, norm))
            c = r.out
        last = 6 * c
        layers += [nn.Conv2d(c, last, 1, bias=False), norm(last), nn.Hardswish()]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(last, 128), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(128, num_classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))
