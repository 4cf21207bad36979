# reason: NoneType
from torch import nn


class ConditionedBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, weights=None, more=None):
        return x + nn.functional.conv2d(self.conv(x), weights, padding=1) + more
