# residua-test: wrong target=PreActUnit
# What is wrong: the activation is defined but never used: norm-conv-norm-conv plus skip is a purely linear map in eval
from torch import nn


class PreActUnit(nn.Module):
    """Pre-activation residual unit."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.act = nn.ReLU()  # expect
        self.proj = nn.Identity()
        if in_channels != out_channels or stride != 1:
            self.proj = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x):
        h = self.conv1(self.norm1(x))  # expect
        h = self.conv2(self.norm2(h))  # expect: R156
        return h + self.proj(x)
