# residua-test: wrong target=SampleDepthBlock
# What is wrong: The kept samples are scaled by 1/keep while training and the branch is scaled by keep again in eval, so train and eval expectations differ by keep
import torch
import torch.nn as nn


class SampleDepthBlock(nn.Module):
    """Basic block with per-sample stochastic depth."""

    def __init__(self, channels=64, drop=0.2):
        super().__init__()
        self.keep = 1.0 - drop
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        branch = self.body(x)
        if self.training:
            mask = torch.empty(x.size(0), 1, 1, 1, device=x.device).bernoulli_(self.keep)
            branch = branch * mask / self.keep  # expect: R170
        else:
            branch = branch * self.keep  # expect
        return torch.relu(x + branch)
