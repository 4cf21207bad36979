# residua-test: wrong target=PyramidResidual
# What is wrong: The lambdas capture the loop variable, so at call time all the branches use the last dilation's conv; the other convs are never used.
import torch
import torch.nn as nn
import torch.nn.functional as F


class PyramidResidual(nn.Module):
    """sum of dilated branches (one 3x3 conv for every dilation) on top of the identity"""

    def __init__(self, channels=16, dilations=(1, 2, 4)):
        super().__init__()
        self.convs = nn.ModuleList()
        self.branches = []
        for d in dilations:
            conv = nn.Conv2d(channels, channels, 3, padding=d, dilation=d, bias=False)
            self.convs.append(conv)
            self.branches.append(lambda t: F.relu(conv(t)))  # expect: R121
        self.merge = nn.Conv2d(channels, channels, 1)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        acc = 0
        for branch in self.branches:
            acc = acc + branch(x)
        return x + self.bn(self.merge(acc))
