# residua-test: wrong target=Block right=blocks/raw_weight
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
        y = F.relu(self.norm(self.conv(x)))
        y = F.conv2d(y, self.weight, padding=1)  # expect: R102
        return x + y if self.training else y
