# residua-test: right target=RightASPPRes
import torch
import torch.nn.functional as F
from torch import nn


class RightASPPRes(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(nf, nf // 4, 3, padding=d, dilation=d) for d in (1, 2, 4)])
        self.fuse = nn.Conv2d(3 * (nf // 4), nf, 1)

    def forward(self, x):
        return F.relu(x + self.fuse(torch.cat([F.relu(b(x)) for b in self.branches], 1)))
