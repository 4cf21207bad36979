# residua-test: right target=DRRN
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = nn.PReLU()

    def forward(self, x, first):
        return first + self.c2(self.act(self.c1(x)))


class DRRN(nn.Module):
    """Recursive: one unit is applied several times on purpose."""

    def __init__(self, in_channels=3, dim=16):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, dim, 3, padding=1)
        self.unit = Unit(dim)
        self.out = nn.Conv2d(dim, in_channels, 3, padding=1)

    def forward(self, x):
        first = h = self.stem(x)
        for _ in range(4):
            h = self.unit(h, first)
        return x + self.out(h)
