# residua-test: wrong target=ResBlock
# What is wrong: The first activation of the branch is in place, so it overwrites x and the skip adds the activated tensor instead of the block's input.
import torch
from torch import nn


class ResBlock(nn.Module):
    """Pre-activation residual layer of the VQ-VAE encoder / decoder.
    The skip carries the raw (not activated) features."""

    def __init__(self, in_channel=64, channel=32):
        super().__init__()

        self.net = nn.Sequential(
            nn.LeakyReLU(0.2, inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.net(input)
        out = out + input

        return out
