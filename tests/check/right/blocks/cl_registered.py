# residua-test: right target=Unit
import torch
import torch.nn as nn


class Unit(nn.Module):
    proto = nn.Conv2d(32, 32, 1, bias=False)

    def __init__(self):
        super().__init__()
        self.proj = self.proto
        self.bn = nn.BatchNorm2d(32)

    def forward(self, x):
        return torch.relu(x + self.bn(self.proj(x)))
