# residua-test: wrong target=Stage
# What is wrong: blocks are kept in a plain Python list, so their parameters are not registered
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResUnit(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x):
        return x + self.c2(F.relu(self.c1(x)))


class Stage(nn.Module):
    def __init__(self, dim, depth=4):
        super().__init__()
        self.proj_in = nn.Conv2d(dim, dim, 1)
        self.blocks = [ResUnit(dim) for _ in range(depth)]  # expect: R125
        self.proj_out = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        h = self.proj_in(x)
        for blk in self.blocks:  # expect
            h = blk(h)
        return x + self.proj_out(h)
