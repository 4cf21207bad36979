# residua-test: wrong target=FeatureNet
# What is wrong: nn.Dropout is created inside forward, so it is always in training mode and drops in eval too.
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, cin, cout, s=1):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, s, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.act = nn.ReLU()
        self.down = None
        if s != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, s, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        r = x if self.down is None else self.down(x)
        y = self.act(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        return self.act(y + r)


class FeatureNet(nn.Module):
    """Backbone for fine-grained classification, returns logits and the features."""

    def __init__(self, num_classes=200):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.layer1 = nn.Sequential(Unit(16, 16), Unit(16, 16))
        self.layer2 = nn.Sequential(Unit(16, 32, 2), Unit(32, 32))
        self.layer3 = nn.Sequential(Unit(32, 64, 2), Unit(64, 64))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        x = self.layer3(self.layer2(self.layer1(x)))
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        x = nn.Dropout(p=0.5)(x)  # expect: R146
        feature = x
        return self.fc(x), feature
