# residua-test: wrong target=FeatureExtractor
# What is wrong: [block]*n repeats one instance: all n residual blocks share the same weights
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.prelu = nn.PReLU()

    def forward(self, x):
        return x + self.conv2(self.prelu(self.conv1(x)))


class FeatureExtractor(nn.Module):
    """head conv, then num_blocks residual blocks, then tail conv"""

    def __init__(self, width=64, num_blocks=16):
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, 1, 1)
        self.trunk = nn.Sequential(*[ResidualBlock(width)] * num_blocks)  # expect: R122
        self.tail = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x):
        shallow = self.head(x)
        return shallow + self.tail(self.trunk(shallow))
