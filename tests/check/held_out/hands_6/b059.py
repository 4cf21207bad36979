# residua-test: wrong target=ResidualUnit
# What is wrong: x += residual changes in place the tensor that conv_1 saved for its backward, so backward raises an error.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    def __init__(self, in_channels=3, channels=24):
        super(ResidualUnit, self).__init__()
        self.conv_0 = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.bn_0 = nn.BatchNorm2d(channels)
        self.conv_1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn_1 = nn.BatchNorm2d(channels)

    def forward(self, x):
        x = self.conv_0(x)
        x = self.bn_0(x)
        x = F.relu(x, inplace=True)

        residual = self.conv_1(x)
        residual = self.bn_1(residual)
        x += residual  # expect: R198, R109
        x = F.relu(x, inplace=True)
        return x
