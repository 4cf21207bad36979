# residua-test: wrong target=SvhnResNet
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inp, oup, 3, stride, 1, bias=False),
            nn.BatchNorm2d(oup),
            nn.ReLU(),
            nn.Conv2d(oup, oup, 3, 1, 1, bias=False),
            nn.BatchNorm2d(oup),
        )
        self.skip = nn.Identity()
        if stride != 1 or inp != oup:
            self.skip = nn.Sequential(nn.Conv2d(inp, oup, 1, stride, bias=False), nn.BatchNorm2d(oup))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


class SvhnResNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.units = nn.Sequential(Unit(16, 16, 1), Unit(16, 32, 2), Unit(32, 64, 2))
        self.pool = nn.AvgPool2d(4)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = self.pool(self.units(self.stem(x)))
        return self.fc(x.permute(0, 2, 3, 1).reshape(-1, 64))  # expect: R133
