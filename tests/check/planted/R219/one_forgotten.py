# residua-test: wrong target=Block right=blocks/scale_filled slow
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.Tensor(channels, channels, 3, 3))
        self.bias = nn.Parameter(torch.Tensor(channels))  # expect: R219
        nn.init.kaiming_normal_(self.weight)
        self.last = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x + self.last(F.relu(F.conv2d(x, self.weight, self.bias, padding=1)))
