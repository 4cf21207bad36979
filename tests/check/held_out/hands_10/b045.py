# residua-test: wrong target=ResNetHead
# What is wrong: A new nn.Dropout is created inside forward; it is always in training mode, so eval() still drops features and the test output is random.
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c):
        super(Block, self).__init__()
        self.conv1 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)


class ResNetHead(nn.Module):
    """last stage + classifier for fine-grained birds, CUB-200"""
    def __init__(self, channels=64, num_classes=200):
        super(ResNetHead, self).__init__()
        self.layer4 = nn.Sequential(Block(channels), Block(channels))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, x):
        x = self.layer4(x)
        feature1 = x
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        x = nn.Dropout(p=0.5)(x)  # expect: R146
        feature2 = x
        x = self.fc(x)
        return x, feature1, feature2
