# residua-test: wrong target=VQResBlock args=in_channel=64,channel=32
# What is wrong: The leading in-place ReLU overwrites the block input, so the skip carries relu(x) instead of x (and the caller's tensor is changed)
import torch
from torch import nn


class VQResBlock(nn.Module):
    """Pre-activation residual block used in the VQ-VAE encoder and decoder."""

    def __init__(self, in_channel, channel):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.body(input)  # expect
        out = out + input  # expect
        return out


class Encoder(nn.Module):
    def __init__(self, in_channel=3, channel=64, n_res_block=2, n_res_channel=32):
        super().__init__()
        blocks = [
            nn.Conv2d(in_channel, channel // 2, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel // 2, channel, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, channel, 3, padding=1),
        ]
        for _ in range(n_res_block):
            blocks.append(VQResBlock(channel, n_res_channel))
        blocks.append(nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        return self.blocks(x)
