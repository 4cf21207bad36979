# residua-test: wrong target=NConvBlock
# What is wrong: off-by-one: range(1, n) never reaches the last convolution
import torch
from torch import nn


class NConvBlock(nn.Module):
    def __init__(self, dim, n=3):
        super().__init__()
        self.n = n
        for i in range(1, n + 1):
            setattr(self, "conv%d" % i, nn.Conv2d(dim, dim, 3, padding=1, bias=False))  # expect: R126
            setattr(self, "bn%d" % i, nn.BatchNorm2d(dim))  # found: R126

    def forward(self, x):
        out = x
        for i in range(1, self.n):  # expect
            out = torch.relu(out) if i > 1 else out
            out = getattr(self, "conv%d" % i)(out)
            out = getattr(self, "bn%d" % i)(out)
        return torch.relu(out + x)
