# residua-test: wrong target=PReLUUnit
# What is wrong: The PReLU is a class attribute, so it is not registered and one slope is shared by all instances
import torch
import torch.nn as nn


class PReLUUnit(nn.Module):
    """SRResNet unit with a learned activation slope."""

    act = nn.PReLU()  # expect: R193

    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = self.act(self.bn1(self.conv1(x)))  # expect
        out = self.bn2(self.conv2(out))
        return x + out


class Body(nn.Module):
    def __init__(self, channels=64, depth=8):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, channels, 9, padding=4), nn.PReLU())
        self.units = nn.Sequential(*[PReLUUnit(channels) for _ in range(depth)])
        self.last = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels))

    def forward(self, x):
        x = self.head(x)
        return x + self.last(self.units(x))
