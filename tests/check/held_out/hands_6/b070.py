# residua-test: wrong target=DiscriminatorBlock
# What is wrong: Operator precedence: only the skip is divided by sqrt(2), not the sum, so the two paths are weighted unequally and the variance is not kept.
import math
import torch
from torch import nn
import torch.nn.functional as F


class DiscriminatorBlock(nn.Module):
    """
    Residual discriminator block of StyleGAN2. The sum of the two paths is scaled by 1/sqrt(2),
    so that the signal does not grow from block to block.
    """

    def __init__(self, input_channels=16, filters=32, downsample=True):
        super().__init__()
        s = 2 if downsample else 1
        self.conv_res = nn.Conv2d(input_channels, filters, 1, stride=s)
        self.net = nn.Sequential(
            nn.Conv2d(input_channels, filters, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(filters, filters, 3, padding=1),
            nn.LeakyReLU(0.2),
        )
        self.downsample = nn.Conv2d(filters, filters, 3, padding=1, stride=2) if downsample else None

    def forward(self, x):
        res = self.conv_res(x)
        x = self.net(x)
        if self.downsample is not None:
            x = self.downsample(x)
        return x + res / math.sqrt(2)  # expect: R212
