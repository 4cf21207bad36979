# residua-test: right target=TwoKinds
import torch
from torch import nn


class Plain(nn.Module):
    def __init__(self, width, gated=False):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.gate = nn.Conv2d(width, width, 1) if gated else nn.Identity()

    def forward(self, x):
        return x + self.gate(self.conv(torch.relu(x)))


class Other(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 5, padding=2)

    def forward(self, x):
        return x + self.conv(torch.relu(x))


class TwoKinds(nn.Module):
    def __init__(self, width=16, num_classes=10, gated=False):
        super().__init__()
        kind = Plain if gated else Other
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.Sequential(*[kind(width) for _ in range(2)])
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        return self.head(self.body(self.stem(x)).mean((2, 3)))
