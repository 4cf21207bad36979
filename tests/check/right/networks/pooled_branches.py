# residua-test: right target=InceptionNet
# Pooling over concatenated branches adds no tensors to each other.
import torch
from torch import nn


class Branches(nn.Module):
    def __init__(self, channels, out_channels):
        super().__init__()
        self.point = nn.Sequential(nn.Conv2d(channels, out_channels, 1), nn.ReLU())
        self.wide = nn.Sequential(
            nn.Conv2d(channels, out_channels, 1), nn.ReLU(), nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.ReLU()
        )

    def forward(self, x):
        return torch.cat([self.point(x), self.wide(x)], 1)


class InceptionNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU())
        self.mixed1 = Branches(32, 32)
        self.mixed2 = Branches(64, 48)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(96, num_classes)

    def forward(self, x):
        x = self.avgpool(self.mixed2(self.mixed1(self.stem(x))))
        return self.fc(torch.flatten(x, 1))
