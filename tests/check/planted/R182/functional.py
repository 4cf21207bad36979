# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels, 3, 3) * 0.04)

    def forward(self, x):
        return F.relu(F.conv2d(x, self.weight, stride=2, padding="same") + F.avg_pool2d(x, 2))  # expect: R182
