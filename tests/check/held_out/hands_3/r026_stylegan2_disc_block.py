# residua-test: right target=DiscriminatorBlock
import math
import torch
import torch.nn as nn


class DiscriminatorBlock(nn.Module):
    """StyleGAN2-like residual discriminator block, variance-preserving merge."""

    def __init__(self, in_channels, out_channels, downsample=True):
        super().__init__()
        self.conv_res = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.net = nn.Sequential(
            nn.Conv2d(in_channels, in_channels, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.pool = nn.AvgPool2d(2) if downsample else nn.Identity()

    def forward(self, x):
        res = self.conv_res(self.pool(x))
        out = self.pool(self.net(x))
        return (out + res) * (1 / math.sqrt(2))
