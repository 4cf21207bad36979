# residua-test: right target=FreeUnit
import math

import torch
from torch import nn


class FreeUnit(nn.Module):
    """Unit of a network without normalisation; total is the number of its units."""

    def __init__(self, width, total=12):
        super().__init__()
        self.shift_in = nn.Parameter(torch.zeros(1))
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.shift_mid = nn.Parameter(torch.zeros(1))
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.gain = nn.Parameter(torch.ones(1))
        self.shift_out = nn.Parameter(torch.zeros(1))
        nn.init.normal_(self.first.weight, std=math.sqrt(2 / (9 * width)) * total**-0.5)
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        y = torch.relu(self.first(x + self.shift_in))
        y = self.second(y + self.shift_mid)
        return torch.relu(x + y * self.gain + self.shift_out)
