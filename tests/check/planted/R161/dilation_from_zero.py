# residua-test: wrong target=Dilated slow
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c, d):
        super().__init__()
        self.conv = nn.Conv1d(c, c, 3, padding=d, dilation=d)
        self.out = nn.Conv1d(c, c, 1)

    def forward(self, x):
        return x + self.out(torch.relu(self.conv(x)))


class Dilated(nn.Module):
    def __init__(self, c=16, n=4, classes=5):
        super().__init__()
        self.stem = nn.Conv1d(8, c, 3, padding=1)
        self.blocks = nn.ModuleList([Block(c, 2 * i) for i in range(n)])  # expect: R161
        self.head = nn.Linear(c, classes)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(-1))
