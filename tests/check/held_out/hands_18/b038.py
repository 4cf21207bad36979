# residua-test: wrong target=ResBlock
# What is wrong: The leading ReLU(inplace=True) overwrites the input, so the skip carries relu(x) (and the caller's tensor is changed).
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, in_channel: int = 24, channel: int = 12):
        super().__init__()
        self.conv = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.conv(input)
        out += input
        return out
