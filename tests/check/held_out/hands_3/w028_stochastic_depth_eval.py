# residua-test: wrong target=StochasticBlock
# What is wrong: the layer drop does not look at self.training: blocks are skipped at random in eval mode
import torch
import torch.nn as nn


class StochasticBlock(nn.Module):
    """Residual block skipped with probability drop_prob while training."""

    def __init__(self, channels, drop_prob=0.2):
        super().__init__()
        self.drop_prob = drop_prob
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        if torch.rand(1).item() < self.drop_prob:  # expect: R146
            return x  # expect
        out = self.f(x)
        if not self.training:
            out = out * (1.0 - self.drop_prob)
        return self.relu(x + out)
