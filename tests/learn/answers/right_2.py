"""Right answers to lesson 2."""

import torch
from torch import nn
from torch.nn import functional as F


class MendedBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.skip = None
        if stride != 1 or in_channels != out_channels:
            self.skip = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        self.block = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, stride=stride, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, stride=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        return F.relu(self.block(x) + (x if self.skip is None else self.skip(x)))


def without_gradient(block, x):
    block.zero_grad(set_to_none=True)
    block(x).sum().backward()
    return [name for name, parameter in block.named_parameters() if parameter.grad is None]


def changes_input(block, x):
    given = x.clone()
    with torch.no_grad():
        block(given)
    return not torch.equal(given, x)
