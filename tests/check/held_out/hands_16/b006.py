# residua-test: wrong target=SmallResNet
# What is wrong: [Residual(ch)] * n repeats one and the same module, so all n blocks of a stage share their weights.
import torch
from torch import nn
from torch.nn import functional as F

# my first resnet :) for FashionMNIST


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        return F.relu(Y + X)


class SmallResNet(nn.Module):
    def __init__(self, in_channels=1, num_classes=10, blocks_per_stage=(3, 3)):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.stage1 = self.make_stage(16, blocks_per_stage[0])
        self.down = nn.Sequential(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU())
        self.stage2 = self.make_stage(32, blocks_per_stage[1])
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, num_classes))

    def make_stage(self, ch, n):
        # n residual blocks after each other
        blocks = [Residual(ch)] * n  # expect: R122
        return nn.Sequential(*blocks)

    def forward(self, X):
        X = self.stage1(self.stem(X))
        X = self.stage2(self.down(X))
        return self.head(X)
