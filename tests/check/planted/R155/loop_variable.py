# residua-test: wrong target=Fusion args='24'
import torch
from torch import nn


class Fusion(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.entries = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.exits = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))

    def forward(self, x):
        maps = [x, torch.relu(x), -x]
        for entry, each in zip(self.entries, maps):
            each = torch.relu(entry(each))  # expect: R155
        return x + sum(leave(each) for leave, each in zip(self.exits, maps))
