# residua-test: wrong target=Encoder args='in_channel=3, channel=32, n_res_block=2, n_res_channel=16, stride=4'
# What is wrong: the pre-activation ReLU is in-place and rewrites the block's input, so the skip carries relu(input) rather than the input.
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, in_channel, channel):
        super().__init__()

        self.conv = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.conv(input)
        out = out + input

        return out


class Encoder(nn.Module):
    def __init__(self, in_channel, channel, n_res_block, n_res_channel, stride):
        super().__init__()

        if stride not in (2, 4):
            raise ValueError(f"stride must be 2 or 4, got {stride}")

        width = channel // 2
        blocks = [nn.Conv2d(in_channel, width, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
        if stride == 4:
            blocks += [nn.Conv2d(width, channel, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
            width = channel
        blocks.append(nn.Conv2d(width, channel, 3, padding=1))

        for _ in range(n_res_block):
            blocks.append(ResBlock(channel, n_res_channel))

        blocks.append(nn.ReLU(inplace=True))

        self.blocks = nn.Sequential(*blocks)

    def forward(self, input):
        return self.blocks(input)
