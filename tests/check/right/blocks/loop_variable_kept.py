# residua-test: right target=Fusion args='24'
import torch
from torch import nn


class Fusion(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.entries = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.exits = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))

    def forward(self, x):
        maps, total = [x, torch.relu(x), -x], x
        for i, each in enumerate(maps):
            each = torch.relu(self.entries[i](each))
            total = total + self.exits[i](each)
        return total
