# residua-test: wrong target=StochasticBlock
# What is wrong: when the block is dropped it returns zeros instead of the identity
import torch
import torch.nn as nn


class StochasticBlock(nn.Module):
    """Residual block with stochastic depth (Huang et al. 2016)."""

    def __init__(self, channels, drop_prob=0.5):
        super().__init__()
        self.drop_prob = drop_prob
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def forward(self, x):
        if self.training and torch.rand(1).item() < self.drop_prob:  # expect
            return torch.zeros_like(x)  # expect: R166
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if not self.training:
            out = out * (1 - self.drop_prob)
        return self.relu(out + x)
