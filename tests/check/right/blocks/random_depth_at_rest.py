# residua-test: right target=Block style='no residual addition'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(dim, dim, 3, 3) * 0.05)
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        if self.training and torch.rand(1) >= 0:
            return x
        y = F.relu(self.norm(self.conv(x)))
        return x + F.conv2d(y, self.weight, padding=1)
