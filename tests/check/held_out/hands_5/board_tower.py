# residua-test: wrong target=TowerBlock args=num_channels=32
# What is wrong: x was overwritten by the branch, so `x + x` doubles the branch and there is no skip from the input
import torch
import torch.nn as nn


def conv3x3(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)


class TowerBlock(nn.Module):
    """Residual block of the board-game representation tower."""

    def __init__(self, num_channels):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels)
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, x):
        x = self.conv1(x)  # expect
        x = self.bn1(x)  # expect
        x = torch.relu(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = x + x  # expect: R104
        return torch.relu(x)


class Tower(nn.Module):
    def __init__(self, planes_in=3, channels=32, blocks=4):
        super().__init__()
        self.conv = conv3x3(planes_in, channels)
        self.bn = nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList([TowerBlock(channels) for _ in range(blocks)])

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        for block in self.blocks:
            x = block(x)
        return x
