# residua-test: right target=ResNeXtBottleneck
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResNeXtBottleneck(nn.Module):
    """Aggregated transformations (32x4d by default); out_channels is the width after expansion."""

    def __init__(self, in_channels, out_channels, stride=1, cardinality=8, base_width=4, widen=64):
        super().__init__()
        d = int(out_channels * base_width / widen) * cardinality
        self.reduce = nn.Conv2d(in_channels, d, 1, bias=False)
        self.bn_reduce = nn.BatchNorm2d(d)
        self.grouped = nn.Conv2d(d, d, 3, stride=stride, padding=1, groups=cardinality, bias=False)
        self.bn = nn.BatchNorm2d(d)
        self.expand = nn.Conv2d(d, out_channels, 1, bias=False)
        self.bn_expand = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.shortcut.add_module('conv', nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))
            self.shortcut.add_module('bn', nn.BatchNorm2d(out_channels))

    def forward(self, x):
        h = F.relu(self.bn_reduce(self.reduce(x)), inplace=True)
        h = F.relu(self.bn(self.grouped(h)), inplace=True)
        h = self.bn_expand(self.expand(h))
        return F.relu(self.shortcut(x) + h, inplace=True)
