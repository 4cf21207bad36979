# residua-test: wrong target=StochasticBlock
# What is wrong: the branch is kept with probability p in training, unscaled, and used with full weight in eval: no factor p at test time (nor 1/p in training).
import torch
import torch.nn as nn
import torch.nn.functional as F


class StochasticBlock(nn.Module):
    """Stochastic depth (Huang et al. 2016): the whole branch survives a training
    step with probability p, otherwise the block is the identity."""

    def __init__(self, channels, survival_prob=0.8):
        super().__init__()
        self.survival_prob = survival_prob
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def branch(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out))

    def forward(self, x):
        if self.training:
            if torch.rand(1).item() < self.survival_prob:  # found: R170
                return F.relu(x + self.branch(x))  # expect
            return F.relu(x)
        return F.relu(x + self.branch(x))
