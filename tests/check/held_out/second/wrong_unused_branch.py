# residua-test: wrong target=WrongUnusedBranch
import torch.nn as nn
import torch.nn.functional as F


class WrongUnusedBranch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)  # expect: R126
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.bn(self.conv1(x)) + x)
