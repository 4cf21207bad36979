# residua-test: right target=Grouped
import torch
from torch import nn


class Grouped(nn.Module):
    def __init__(self, dim=64, width=128, groups=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(dim, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, groups=groups, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, dim, 1, bias=False),
            nn.BatchNorm2d(dim),
        )

    def forward(self, x):
        return torch.relu(x + self.net(x))
