# residua-test: wrong target=ResNetDBlock
# What is wrong: The skip pools with AvgPool2d(2, stride) also for stride 1, where a kernel of 2 makes the map one pixel smaller than the branch, so channel changes without stride fail.
import torch
import torch.nn as nn


class ResNetDBlock(nn.Module):
    """bag-of-tricks variant: average pool + 1x1 on the skip instead of a strided 1x1"""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        if stride != 1 or in_channels != out_channels:
            self.skip = nn.Sequential(
                nn.AvgPool2d(2, stride),  # expect: R114
                nn.Conv2d(in_channels, out_channels, 1, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        else:
            self.skip = nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.branch(x) + self.skip(x))
