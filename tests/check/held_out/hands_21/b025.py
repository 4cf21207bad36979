# residua-test: wrong target=SRResNet
# What is wrong: The PReLU is created once as a default argument, so all blocks share the one learned slope instead of having their own.
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, channels, act=nn.PReLU()):  # expect: R196
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act = act
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.act(self.bn1(self.conv1(x)))
        return x + self.bn2(self.conv2(y))


class SRResNet(nn.Module):
    def __init__(self, scale=2, channels=32, num_blocks=5):
        super().__init__()
        self.entry = nn.Sequential(nn.Conv2d(3, channels, 9, padding=4), nn.PReLU())
        self.trunk = nn.Sequential(*[ResidualBlock(channels) for _ in range(num_blocks)])
        self.trunk_end = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        self.upsample = nn.Sequential(nn.Conv2d(channels, channels * scale ** 2, 3, padding=1), nn.PixelShuffle(scale), nn.PReLU())
        self.exit = nn.Conv2d(channels, 3, 9, padding=4)

    def forward(self, x):
        x = self.entry(x)
        x = x + self.trunk_end(self.trunk(x))
        return self.exit(self.upsample(x))
