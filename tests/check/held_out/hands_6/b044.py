# residua-test: wrong target=BoardResBlock
# What is wrong: The sum adds the branch to itself (out += out); the block input never reaches the output, so there is no skip.
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(cin, cout):
    return nn.Conv2d(cin, cout, kernel_size=3, stride=1, padding=1, bias=False)


class BoardResBlock(nn.Module):
    """Residual block of the representation / dynamics tower (board games, 8x8 planes)."""

    def __init__(self, num_channels=32):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels)
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, planes):
        out = F.relu(self.bn1(self.conv1(planes)))
        out = self.bn2(self.conv2(out))
        out += out  # expect: R104
        return F.relu(out)
