# residua-test: right target=InplaceBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class InplaceBlock(nn.Module):
    """saves memory where it can"""

    def __init__(self, n):
        super().__init__()
        self.c1 = nn.Conv2d(n, n, 3, padding=1, bias=False)
        self.n1 = nn.BatchNorm2d(n)
        self.c2 = nn.Conv2d(n, n, 3, padding=1, bias=False)
        self.n2 = nn.BatchNorm2d(n)

    def forward(self, x):
        skip = x
        x = x.clone()           # the caller (and skip) keep the old values
        x = F.relu_(x)
        x = self.n1(self.c1(x))
        x = F.relu_(x)
        x = self.n2(self.c2(x))
        x.add_(skip)
        return x
