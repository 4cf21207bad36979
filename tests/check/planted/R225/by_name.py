# residua-test: wrong target=Probe right=networks/blocks_called_whole slow
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x):
        x = x + self.body(x)
        return F.relu(x)


class Probe(nn.Module):
    def __init__(self, width=16, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.ReLU())
        self.units = nn.ModuleList([Unit(width) for _ in range(3)])
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for unit in self.units:
            x = F.relu(unit.body(x))  # expect: R225
        return self.fc(x.mean((2, 3)))
