"""Wrong answers to lesson 1: no projection counted, γ alone at zero, a scale that does not learn."""

from torch import nn
from torch.nn import functional as F


def params(in_channels, out_channels, stride):
    return 9 * in_channels * out_channels + 9 * out_channels**2 + 4 * out_channels


def to_identity(block):
    nn.init.zeros_(block.bn2.weight)


class ScaledBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return F.relu(x + 0.0 * self.conv1(x))
