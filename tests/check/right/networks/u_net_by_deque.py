# residua-test: right target=FlatUNet
from collections import deque
import torch
from torch import nn


class FlatUNet(nn.Module):
    def __init__(self, dim=32, depth=3):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(dim, dim, 3, padding=1) for _ in range(depth)])
        self.up = nn.ModuleList([nn.Conv2d(dim * 2, dim, 3, padding=1) for _ in range(depth)])

    def forward(self, x):
        skips = deque()
        for conv in self.down:
            x = torch.relu(conv(x))
            skips.appendleft(x)
        for conv in self.up:
            x = torch.relu(conv(torch.cat((x, skips.popleft()), 1)))
        return x
