# residua-test: right target=CifarMobileNet
import torch
import torch.nn as nn


class MBBlock(nn.Module):
    """inverted residual; stride 1 always has a shortcut (1x1 conv if the channels change), stride 2 has none"""

    def __init__(self, cin, cout, factor, stride):
        super().__init__()
        mid = cin * factor
        self.body = nn.Sequential(
            nn.Conv2d(cin, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(inplace=True),
            nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.ReLU(inplace=True),
            nn.Conv2d(mid, cout, 1, bias=False), nn.BatchNorm2d(cout))
        if stride != 1:
            self.short = None
        elif cin == cout:
            self.short = nn.Identity()
        else:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.body(x)
        if self.short is None:
            return y
        return y + self.short(x)


def build(plan, cin):
    for factor, cout, times, stride in plan:
        for k in range(times):
            yield MBBlock(cin, cout, factor, stride if k == 0 else 1)
            cin = cout


class CifarMobileNet(nn.Module):
    # factor, channels, repeats, stride; one stride less than for imagenet
    PLAN = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 2, 2))

    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.blocks = nn.Sequential(*build(self.PLAN, 32))
        self.last = nn.Sequential(nn.Conv2d(64, 320, 1, bias=False), nn.BatchNorm2d(320), nn.ReLU())
        self.fc = nn.Linear(320, classes)

    def forward(self, x):
        x = self.last(self.blocks(self.stem(x)))
        return self.fc(x.mean(3).mean(2))
