# residua-test: wrong target=WideNet right=networks/pre_sequential slow
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreUnit(nn.Module):
    def __init__(self, cin, cout, s=1):
        super().__init__()
        self.pre = nn.Sequential(nn.BatchNorm2d(cin), nn.ReLU())
        self.left = nn.Sequential(
            nn.Conv2d(cin, cout, 3, s, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
        )
        self.right = nn.Conv2d(cin, cout, 1, s, bias=False) if s != 1 or cin != cout else None

    def forward(self, x):
        h = self.pre(x)
        return self.left(h) + (x if self.right is None else self.right(h))


class WideNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False),
            nn.BatchNorm2d(16),  # expect: R138
            nn.ReLU(),
            PreUnit(16, 32),
            PreUnit(32, 32),
            PreUnit(32, 64, 2),
            PreUnit(64, 64),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
        )
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = self.features(x)
        return self.fc(x.flatten(1))
