# residua-test: right target=ResNet50ish
import torch
import torch.nn as nn


class BottleNeck(nn.Module):
    exp = 4

    def __init__(self, inp, mid, stride=1, down=None):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inp, mid, 1, bias=False),
            nn.BatchNorm2d(mid),
            nn.ReLU(True),
            nn.Conv2d(mid, mid, 3, stride, 1, bias=False),
            nn.BatchNorm2d(mid),
            nn.ReLU(True),
            nn.Conv2d(mid, mid * self.exp, 1, bias=False),
            nn.BatchNorm2d(mid * self.exp),
        )
        self.down = down

    def forward(self, x):
        skip = x
        if self.down:
            skip = self.down(x)
        return torch.relu(self.body(x).add_(skip))


class ResNet50ish(nn.Module):
    cfg = [(16, 2, 1), (32, 2, 2), (64, 2, 2), (128, 1, 2)]

    def __init__(self, classes=100):
        super().__init__()
        self.c = 32
        self.features = nn.Sequential()
        self.features.add_module('conv', nn.Conv2d(3, 32, 7, 2, 3, bias=False))
        self.features.add_module('bn', nn.BatchNorm2d(32))
        self.features.add_module('relu', nn.ReLU(True))
        self.features.add_module('pool', nn.MaxPool2d(3, 2, 1))
        for i, (mid, n, s) in enumerate(self.cfg, 1):
            self.features.add_module('stage%d' % i, self._stage(mid, n, s))
        self.output = nn.Linear(self.c, classes)

    def _stage(self, mid, n, stride):
        out = mid * BottleNeck.exp
        down = nn.Sequential(nn.Conv2d(self.c, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        mods = [BottleNeck(self.c, mid, stride, down)]
        self.c = out
        mods += [BottleNeck(out, mid) for _ in range(n - 1)]
        return nn.Sequential(*mods)

    def forward(self, x):
        x = self.features(x)
        return self.output(x.flatten(2).mean(-1))
