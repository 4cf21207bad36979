# residua-test: wrong target=Features right=networks/blocks_called_whole slow
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU()
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + x)


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.layer1 = nn.Sequential(Unit(16), Unit(16))

    def forward(self, x):
        return self.layer1(self.stem(x))


class Features(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        leaves = [m for m in Base().modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d, nn.ReLU))]  # expect: R225
        self.features = nn.Sequential(*leaves)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))
