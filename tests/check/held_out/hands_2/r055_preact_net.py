# residua-test: right target=PreActNet
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.pre = nn.Sequential(nn.BatchNorm2d(cin), nn.ReLU())
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False),
            nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False))
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        p = self.pre(x)
        return self.body(p) + (x if self.proj is None else self.proj(p))


class PreActNet(nn.Module):
    """Identity-mapping ResNet for CIFAR."""

    def __init__(self, num_blocks=(2, 2, 2), num_classes=10):
        super().__init__()
        mods = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
        c = 16
        for w, n, s in zip((16, 32, 64), num_blocks, (1, 2, 2)):
            for j in range(n):
                mods.append(Unit(c, w, s if j == 0 else 1))
                c = w
        mods += [nn.BatchNorm2d(c), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        self.features = nn.Sequential(*mods)
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        return self.fc(self.features(x))
