# residua-test: right target=Tower
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


class Tower(nn.Module):
    def __init__(self, planes=6, filters=16, blocks=3):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(planes, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU())
        self.blocks = nn.Sequential(*[Block(filters) for _ in range(blocks)])
        self.value = nn.Linear(filters, 3)

    def forward(self, x):
        return self.value(self.blocks(self.stem(x)).mean((2, 3)))
