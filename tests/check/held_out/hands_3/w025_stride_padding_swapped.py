# residua-test: wrong target=ResNetBlock
# What is wrong: positional arguments swapped: Conv2d(in,out,3,1,stride) puts stride into padding
import torch
import torch.nn as nn


class ResNetBlock(nn.Module):
    def __init__(self, in_dim, out_dim, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_dim, out_dim, 3, 1, stride, bias=False)  # expect: R130
        self.norm1 = nn.BatchNorm2d(out_dim)
        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_dim)
        self.relu = nn.ReLU()

        self.downsample = None
        if stride != 1 or in_dim != out_dim:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_dim, out_dim, 1, stride, bias=False),
                nn.BatchNorm2d(out_dim),
            )

    def forward(self, x):
        shortcut = x
        x = self.relu(self.norm1(self.conv1(x)))  # expect
        x = self.norm2(self.conv2(x))
        if self.downsample is not None:
            shortcut = self.downsample(shortcut)
        return self.relu(x + shortcut)  # expect
