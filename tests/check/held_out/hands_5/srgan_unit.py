# residua-test: wrong target=SRGANUnit
# What is wrong: The activation result is assigned and then ignored: conv2 is fed bn1 output, so there is no nonlinearity in the branch and PReLU gets no gradient
import torch
import torch.nn as nn


class SRGANUnit(nn.Module):
    """Generator unit of SRGAN: conv-bn-prelu-conv-bn and an elementwise sum."""

    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU()  # expect
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.bn1(self.conv1(x))
        a = self.prelu(y)  # expect: R155
        z = self.bn2(self.conv2(y))  # expect
        return x + z
