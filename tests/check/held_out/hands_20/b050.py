# residua-test: wrong target=RepresentationNetwork
# What is wrong: The block adds its output to itself (out += out) instead of adding the input, so there is no skip.
import torch
from torch import nn
from torch.nn import functional as F


def conv3x3(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)


class ResidualBlock(nn.Module):
    def __init__(self, num_channels, stride=1):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels, stride)
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += out  # expect: R104
        return F.relu(out)  # found: R151


class RepresentationNetwork(nn.Module):
    """Maps a stack of board planes to the hidden state (MuZero)."""

    def __init__(self, planes=4, num_channels=32, num_blocks=3):
        super().__init__()
        self.conv = conv3x3(planes, num_channels)
        self.bn = nn.BatchNorm2d(num_channels)
        self.resblocks = nn.ModuleList(
            [ResidualBlock(num_channels) for _ in range(num_blocks)])

    def forward(self, obs):
        x = F.relu(self.bn(self.conv(obs)))
        for block in self.resblocks:
            x = block(x)
        lo = x.flatten(2).min(2)[0][..., None, None]
        hi = x.flatten(2).max(2)[0][..., None, None]
        return (x - lo) / (hi - lo + 1e-5)
