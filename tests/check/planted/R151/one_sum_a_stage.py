# residua-test: wrong target=ResNetSmall slow
import torch
from torch import nn


class ConvUnit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
            nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c),
        )

    def forward(self, x):
        return self.body(x)


class ResStage(nn.Module):
    def __init__(self, cin, cout, n, stride):
        super().__init__()
        self.proj = nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU())
        self.units = nn.Sequential(*[ConvUnit(cout) for _ in range(n)])

    def forward(self, x):
        x = self.proj(x)
        return torch.relu(x + self.units(x))  # expect: R151


class ResNetSmall(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s1, self.s2, self.s3 = ResStage(16, 16, 3, 1), ResStage(16, 32, 3, 2), ResStage(32, 64, 3, 2)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        return self.fc(self.s3(self.s2(self.s1(self.stem(x)))).mean((2, 3)))
