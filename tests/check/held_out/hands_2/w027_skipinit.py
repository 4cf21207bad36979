# residua-test: wrong target=SkipInitBlock
# What is wrong: the zero scale is a plain tensor, not a Parameter, so the branch is multiplied by 0 for ever
import torch
import torch.nn as nn
import torch.nn.functional as F


class SkipInitBlock(nn.Module):
    """Batch-norm-free residual block (De & Smith 2020)."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.scale = torch.zeros(1)  # expect
        self.sc = nn.Identity()
        if stride > 1 or in_channels != out_channels:
            self.sc = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        out = self.conv2(F.relu(self.conv1(F.relu(x))))
        return self.sc(x) + self.scale * out  # expect: R171
