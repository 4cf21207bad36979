# residua-test: right target=ResNeXtBottleneck
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import init


class ResNeXtBottleneck(nn.Module):
    """Type C of https://github.com/facebookresearch/ResNeXt"""

    def __init__(self, in_channels, out_channels, stride=1, cardinality=8, base_width=4):
        super().__init__()
        D = cardinality * base_width
        self.conv_reduce = nn.Conv2d(in_channels, D, 1, bias=False)
        self.bn_reduce = nn.BatchNorm2d(D)
        self.conv_conv = nn.Conv2d(D, D, 3, stride=stride, padding=1, groups=cardinality, bias=False)
        self.bn = nn.BatchNorm2d(D)
        self.conv_expand = nn.Conv2d(D, out_channels, 1, bias=False)
        self.bn_expand = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.shortcut.add_module('shortcut_conv', nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))
            self.shortcut.add_module('shortcut_bn', nn.BatchNorm2d(out_channels))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                init.kaiming_normal_(m.weight, mode='fan_out')

    def forward(self, x):
        bottleneck = F.relu(self.bn_reduce(self.conv_reduce(x)), inplace=True)
        bottleneck = F.relu(self.bn(self.conv_conv(bottleneck)), inplace=True)
        bottleneck = self.bn_expand(self.conv_expand(bottleneck))
        residual = self.shortcut(x)
        return F.relu(residual + bottleneck, inplace=True)
