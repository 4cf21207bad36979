# residua-test: wrong target=RandomDepthBlock
# What is wrong: inverted test: the branch is skipped with the survival probability
import torch
from torch import nn


class RandomDepthBlock(nn.Module):
    """Keeps its branch with probability `survival` while training."""

    def __init__(self, ch, survival=0.8):
        super().__init__()
        self.survival = survival
        self.branch = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1, bias=False), nn.BatchNorm2d(ch), nn.ReLU(),
            nn.Conv2d(ch, ch, 3, padding=1, bias=False), nn.BatchNorm2d(ch))

    def forward(self, x):
        if self.training and torch.rand(1).item() < self.survival:  # expect: R169
            return torch.relu(x)  # expect
        f = self.branch(x)
        if not self.training:
            f = f * self.survival
        return torch.relu(x + f)
