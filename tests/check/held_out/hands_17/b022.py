# residua-test: wrong target=FashionMnistNet
# What is wrong: 7x7 stride 2 and max-pool on 28 px pictures: the last stage works on a single pixel
import torch
import torch.nn as nn


class Pair(nn.Module):
    def __init__(self, a, b, s):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(a, b, 3, s, 1, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(),
            nn.Conv2d(b, b, 3, 1, 1, bias=False),
            nn.BatchNorm2d(b),
        )
        self.g = nn.Sequential(nn.Conv2d(a, b, 1, s, bias=False), nn.BatchNorm2d(b)) if (a, s) != (b, 1) else nn.Identity()

    def forward(self, x):
        return torch.relu(self.f(x) + self.g(x))


class FashionMnistNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Sequential(
            nn.Conv2d(1, 32, 7, stride=2, padding=3, bias=False),  # expect: R131
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.trunk = nn.Sequential(
            Pair(32, 32, 1), Pair(32, 32, 1), Pair(32, 64, 2), Pair(64, 64, 1),
            Pair(64, 128, 2), Pair(128, 128, 1), Pair(128, 256, 2), Pair(256, 256, 1),
        )
        self.tail = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))

    def forward(self, x):
        return self.tail(self.trunk(self.head(x)))
