# residua-test: wrong target=ReZeroBlock
# What is wrong: the zero-initialised alpha multiplies the identity instead of the branch
import torch
import torch.nn as nn


class ReZeroBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.alpha = nn.Parameter(torch.zeros(1))  # expect

    def forward(self, x):
        return self.alpha * x + self.branch(x)  # expect: R152
