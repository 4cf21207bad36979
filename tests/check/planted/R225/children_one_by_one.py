# residua-test: wrong target=Pruner right=networks/blocks_called_whole
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU()
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + x)


class Pruner(nn.Module):
    def __init__(self, width=16, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.units = nn.Sequential(Unit(width), Unit(width))
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for unit in self.units:
            for layer in unit.children():  # expect: R225
                x = layer(x)
            x = F.relu(x)
        return self.fc(x.mean((2, 3)))
