# residua-test: wrong target=WideningBlock args=in_channels=64,out_channels=128
# What is wrong: The projection is made only when stride AND channels change; with a channel change at stride 1 the identity has the wrong channels and the addition crashes
import torch
import torch.nn as nn


class WideningBlock(nn.Module):
    """Basic residual block, projection shortcut where the shape changes."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 and in_channels != out_channels:  # expect: R114
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:  # expect
            identity = self.downsample(x)
        return self.relu(out + identity)  # expect
