# residua-test: right target=SmallResNet
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, i, o, s=1):
        super().__init__()
        self.a = nn.Conv2d(i, o, 3, s, 1, bias=False)
        self.na = nn.BatchNorm2d(o)
        self.b = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.nb = nn.BatchNorm2d(o)
        self.side = None
        if s != 1 or i != o:
            self.side = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.nb(self.b(torch.relu(self.na(self.a(x)))))
        return torch.relu(y + (x if self.side is None else self.side(x)))


class SmallResNet(nn.Module):
    def __init__(self, plan=(3, 2, 2), strides=(1, 2, 2), num_classes=10):
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.one = self._make(16, 16, plan[0] - 1, strides[0])
        self.two = self._make(16, 32, plan[1] - 1, strides[1])
        self.three = self._make(32, 64, plan[2] - 1, strides[2])
        self.head = nn.Linear(64, num_classes)

    def _make(self, i, o, count, stride):
        units = [Unit(i, o, stride)]
        units += [Unit(o, o) for _ in range(count)]
        return nn.Sequential(*units)

    def forward(self, x):
        x = self.three(self.two(self.one(self.enter(x))))
        return self.head(x.mean((2, 3)))
