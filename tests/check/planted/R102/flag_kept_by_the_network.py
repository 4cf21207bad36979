# residua-test: wrong target=ResSegmenter slow
from torch import nn


class Level(nn.Module):
    def __init__(self, i, o, stride=1, skip=False):
        super().__init__()
        self.skip = skip
        self.enter = nn.Conv2d(i, o, 3, stride, 1)
        self.path = nn.Sequential(nn.GroupNorm(4, o), nn.SiLU(), nn.Conv2d(o, o, 3, 1, 1))

    def forward(self, x):
        x = self.enter(x)
        y = self.path(x)
        return x + y if self.skip else y


class ResSegmenter(nn.Module):
    def __init__(self, in_channels=3, classes=2, width=16, skip=True):
        super().__init__()
        self.skip = skip
        self.level1 = Level(in_channels, width)  # expect: R102, R189
        self.level2 = Level(width, 2 * width)
        self.level3 = Level(2 * width, 2 * width)
        self.head = nn.Conv2d(2 * width, classes, 1)

    def forward(self, x):
        return self.head(self.level3(self.level2(self.level1(x))))
