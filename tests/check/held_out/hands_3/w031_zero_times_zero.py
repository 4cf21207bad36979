# residua-test: wrong target=SkipInitBlock
# What is wrong: both the gain and the last convolution start at zero, so neither ever gets a gradient: the branch cannot learn
import torch
from torch import nn


class SkipInitBlock(nn.Module):
    """Normaliser-free residual block that is the identity at initialisation."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.act = nn.ReLU()
        self.gain = nn.Parameter(torch.zeros(1))  # expect
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.zeros_(self.conv2.weight)  # expect: R172

    def forward(self, x):
        out = self.conv1(self.act(x))
        out = self.conv2(self.act(out))
        return x + self.gain * out  # expect
