# residua-test: right target=ResNetLike
import torch.nn.functional as F
from torch import nn


def layers(width, count):
    found = []
    for _ in range(count):
        found += [nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1, bias=False)]
    return nn.Sequential(*found)


class ResNetLike(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.enter = nn.Conv2d(3, 16, 3, padding=1)
        self.low = nn.ModuleList([layers(16, 2) for _ in range(3)])
        self.between = nn.Conv2d(16, 32, 3, 2, 1)
        self.high = nn.ModuleList([layers(32, 2) for _ in range(3)])
        self.norm = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.enter(x)
        for pair in self.low:
            x = x + pair(x)
        x = self.between(x)
        for pair in self.high:
            x = x + pair(x)
        return self.fc(F.relu(self.norm(x)).mean((2, 3)))
