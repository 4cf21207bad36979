# residua-test: wrong target=StochasticDepthBlock
# What is wrong: Training keeps the branch unscaled with probability survival (no division by it), and evaluation adds the full branch too, without the factor survival of the paper, so eval and training do not match in expectation.
import torch
import torch.nn as nn


class StochasticDepthBlock(nn.Module):
    """Huang et al. 2016: in training the residual branch of a sample is skipped with prob 1 - survival."""

    def __init__(self, channels=16, survival=0.5):
        super(StochasticDepthBlock, self).__init__()
        self.survival = survival
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def residual(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out))

    def forward(self, x):
        out = self.residual(x)
        if self.training:
            keep = torch.rand(x.size(0), 1, 1, 1, device=x.device) < self.survival
            return self.relu(x + out * keep)  # expect: R170
        return self.relu(x + out)
