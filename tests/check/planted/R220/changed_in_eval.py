# residua-test: wrong target=Block right=blocks/own_batch_norm slow
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels, momentum=0.1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.register_buffer("mean", torch.zeros(channels))
        self.momentum = momentum

    def forward(self, x):
        y = self.conv1(x)
        with torch.no_grad():
            self.mean.mul_(1 - self.momentum).add_(self.momentum * y.mean((0, 2, 3)))  # expect: R220
        return x + self.conv2(F.relu(y - self.mean[None, :, None, None]))
