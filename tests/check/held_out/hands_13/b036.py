# residua-test: wrong target=StochasticBlock
# What is wrong: The guard on self.training makes the eval scaling by the keep probability unreachable, so in eval the branch is 1/keep stronger than its training mean.
"""Sample-wise stochastic depth (Huang et al. 2016) on a basic ResNet block."""
import torch
import torch.nn as nn


def sample_drop(branch: torch.Tensor, rate: float, training: bool) -> torch.Tensor:
    keep = 1.0 - rate
    if not training:
        # the mean of what was seen in training
        return branch * keep
    coin = torch.full((branch.size(0), 1, 1, 1), keep, device=branch.device)
    return branch * torch.bernoulli(coin)


class StochasticBlock(nn.Module):

    def __init__(self, c_in: int = 16, c_out: int = 16, stride: int = 1, drop_rate: float = 0.3):
        super().__init__()
        self.drop_rate = drop_rate
        self.branch = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(c_out),
        )
        self.skip = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.branch(x)
        if self.training and self.drop_rate > 0:  # expect: R170
            out = sample_drop(out, self.drop_rate, self.training)
        return torch.relu(out + self.skip(x))
