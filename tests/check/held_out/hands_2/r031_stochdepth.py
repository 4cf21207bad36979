# residua-test: right target=StoDepthBlock
import torch
import torch.nn as nn


class StoDepthBlock(nn.Module):
    """Original stochastic depth: Bernoulli in training, scaled by the survival probability at test time."""

    def __init__(self, channels, survival_prob=0.8):
        super().__init__()
        self.p = survival_prob
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        self.relu = nn.ReLU()

    def forward(self, x):
        if self.training:
            if torch.rand(()) < self.p:
                return self.relu(x + self.f(x))
            return self.relu(x)
        return self.relu(x + self.p * self.f(x))
