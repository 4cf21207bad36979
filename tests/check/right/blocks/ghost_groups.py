# residua-test: right target=Ghost
import torch
from torch import nn


class Ghost(nn.Module):
    """Half of the channels come from cheap operations on the other half."""

    def __init__(self, dim=64):
        super().__init__()
        half = dim // 2
        self.primary = nn.Conv2d(dim, half, 1, bias=False)
        self.cheap = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False)
        self.bn = nn.BatchNorm2d(dim)

    def forward(self, x):
        a = torch.relu(self.primary(x))
        return torch.relu(x + self.bn(torch.cat([a, self.cheap(a)], 1)))
