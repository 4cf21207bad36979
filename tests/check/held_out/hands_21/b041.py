# residua-test: wrong target=SRResidualBlock
# What is wrong: The second convolution reads the block's input again instead of the activated first convolution, so conv1, bn1 and the PReLU have no effect.
import torch
import torch.nn as nn


class SRResidualBlock(nn.Module):
    """One of the B residual blocks in the SRGAN generator."""

    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        residual = self.conv1(x)
        residual = self.bn1(residual)
        residual = self.prelu(residual)
        residual = self.conv2(x)  # expect: R103
        residual = self.bn2(residual)

        return x + residual
