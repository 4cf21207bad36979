# residua-test: wrong target=Encoder
# What is wrong: The first in-place ReLU of the pre-activation unit overwrites the unit's own input, so the skip carries relu(x) instead of x
import torch
from torch import nn


class ResUnit(nn.Module):
    """pre-activation unit, ReLU comes first and nothing after the sum"""

    def __init__(self, in_channel, channel):
        super().__init__()

        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.body(input)
        return out + input


class Encoder(nn.Module):
    def __init__(self, in_channel=3, channel=64, n_res_block=2, n_res_channel=32, stride=4):
        super().__init__()

        if stride == 4:
            blocks = [
                nn.Conv2d(in_channel, channel // 2, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(channel // 2, channel, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(channel, channel, 3, padding=1),
            ]
        elif stride == 2:
            blocks = [
                nn.Conv2d(in_channel, channel // 2, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(channel // 2, channel, 3, padding=1),
            ]
        else:
            raise ValueError("stride must be 2 or 4")

        for i in range(n_res_block):
            blocks.append(ResUnit(channel, n_res_channel))

        blocks.append(nn.ReLU())
        self.blocks = nn.Sequential(*blocks)

    def forward(self, input):
        return self.blocks(input)
