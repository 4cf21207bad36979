# residua-test: wrong target=Encoder
# What is wrong: The in-place ReLU at the head of the branch rectifies the block input itself, so the skip carries relu(x) instead of x.
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, in_channel, channel):
        super().__init__()
        self.branch = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        return self.branch(input) + input


class Encoder(nn.Module):
    """Bottom encoder of a two-level VQ-VAE, downsamples by four."""

    def __init__(self, in_channel=3, channel=32, n_res_block=2, n_res_channel=16):
        super().__init__()
        layers = [
            nn.Conv2d(in_channel, channel // 2, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel // 2, channel, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, channel, 3, padding=1),
        ]
        for _ in range(n_res_block):
            layers.append(ResBlock(channel, n_res_channel))
        layers.append(nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(*layers)

    def forward(self, input):
        return self.blocks(input)
