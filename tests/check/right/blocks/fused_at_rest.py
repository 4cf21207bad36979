# residua-test: right target=RepBlock
import torch
import torch.nn.functional as F
from torch import nn


class RepBlock(nn.Module):
    """A 3×3 beside a 1×1 and the identity; in eval mode the three are one convolution, as in RepVGG."""

    def __init__(self, channels):
        super().__init__()
        self.wide = nn.Conv2d(channels, channels, 3, padding=1)
        self.narrow = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        if self.training:
            return F.relu(x + self.wide(x) + self.narrow(x))
        size = self.wide.weight.shape[0]
        weight = self.wide.weight + F.pad(self.narrow.weight + torch.eye(size, device=x.device).view(size, size, 1, 1), (1, 1, 1, 1))
        return F.relu(F.conv2d(x, weight, self.wide.bias + self.narrow.bias, padding=1))
