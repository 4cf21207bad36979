# residua-test: right target=DBlock
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as SN


class DBlock(nn.Module):
    def __init__(self, in_channels, out_channels, preactivation=True, downsample=True):
        super().__init__()
        self.preactivation = preactivation
        self.downsample = downsample
        self.conv1 = SN(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        self.conv2 = SN(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.learnable_sc = (in_channels != out_channels) or downsample
        if self.learnable_sc:
            self.conv_sc = SN(nn.Conv2d(in_channels, out_channels, 1))

    def shortcut(self, x):
        if self.preactivation:
            if self.learnable_sc:
                x = self.conv_sc(x)
            if self.downsample:
                x = F.avg_pool2d(x, 2)
        else:
            if self.downsample:
                x = F.avg_pool2d(x, 2)
            if self.learnable_sc:
                x = self.conv_sc(x)
        return x

    def forward(self, x):
        if self.preactivation:
            h = F.relu(x)  # not inplace, x is still needed for the shortcut
        else:
            h = x
        h = self.conv1(h)
        h = self.conv2(F.relu(h))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h + self.shortcut(x)
