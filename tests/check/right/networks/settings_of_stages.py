# residua-test: right target=ResidualEncoder slow
from torch import nn


class Unit(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.path = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.InstanceNorm2d(o), nn.LeakyReLU(),
                                  nn.Conv2d(o, o, 3, 1, 1), nn.InstanceNorm2d(o))
        self.skip = nn.Conv2d(i, o, 1, stride) if (i, stride) != (o, (1, 1)) else nn.Identity()
        self.act = nn.LeakyReLU()

    def forward(self, x):
        return self.act(self.path(x) + self.skip(x))


class ResidualEncoder(nn.Module):
    def __init__(self, input_channels=1, features=(16, 32, 64), strides=((1, 1), (2, 2), (2, 1))):
        super().__init__()
        width = features[0]
        self.stem = nn.Conv2d(input_channels, width, 3, padding=1)
        self.stages = nn.ModuleList()
        for feature, stride in zip(features, strides):
            self.stages.append(Unit(width, feature, stride))
            width = feature

    def forward(self, x):
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
