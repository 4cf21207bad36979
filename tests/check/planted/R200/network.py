# residua-test: wrong target=ResNetLike right=networks/sums_of_pairs
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
        self.low = layers(16, 6)
        self.between = nn.Conv2d(16, 32, 3, 2, 1)
        self.high = layers(32, 6)
        self.norm = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.enter(x)
        x = x + self.low(x)  # expect: R200
        x = self.between(x)
        x = x + self.high(x)
        return self.fc(F.relu(self.norm(x)).mean((2, 3)))
