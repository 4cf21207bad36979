# residua-test: wrong target=DetectHead
# What is wrong: one tower with batch norm is run on every pyramid level: each call updates the same running statistics, which then fit no level
import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, feature):
        y = self.conv1(feature)
        y = torch.relu(self.bn1(y))
        y = self.bn2(self.conv2(y))
        return torch.relu(feature + y)


class DetectHead(nn.Module):
    """Three levels of features, then class scores of every cell."""

    def __init__(self, width=32, anchors=2, classes=4):
        super().__init__()
        self.levels = nn.ModuleList()
        c = 3
        for _ in range(3):
            self.levels.append(nn.Sequential(nn.Conv2d(c, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()))
            c = width
        self.tower = Tower(width)
        self.score = nn.Conv2d(width, anchors * classes, 1)

    def forward(self, image):
        scores = []
        for level in self.levels:
            image = level(image)
            scores.append(self.score(self.tower(image)))  # expect: R233
        return scores
