# residua-test: wrong target=StochasticDepthBlock
# What is wrong: The coin is compared the wrong way round: with survival probability p the branch is skipped with probability p.
import torch
from torch import nn


class StochasticDepthBlock(nn.Module):
    """Post-activation basic block with stochastic depth (Huang et al.).

    survival_prob: probability that the residual branch is evaluated during training.
    At test time the branch is always evaluated and weighted with survival_prob.
    """

    def __init__(self, channels, survival_prob=0.8):
        super().__init__()
        self.survival_prob = survival_prob
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.relu = nn.ReLU()

    def forward(self, x):
        if self.training:
            if torch.rand(1).item() < self.survival_prob:  # expect: R169
                return self.relu(x)
            return self.relu(x + self.branch(x))
        return self.relu(x + self.survival_prob * self.branch(x))
