# residua-test: wrong target=DBlock
# What is wrong: the shortcut is pooled only when it is also projected: crash for in_ch == out_ch with downsample=True
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm as SN


class DBlock(nn.Module):
    def __init__(self, in_ch, out_ch, downsample=False):
        super().__init__()
        self.downsample = downsample
        self.learnable_sc = in_ch != out_ch  # found: R114
        self.conv1 = SN(nn.Conv2d(in_ch, out_ch, 3, padding=1))
        self.conv2 = SN(nn.Conv2d(out_ch, out_ch, 3, padding=1))
        if self.learnable_sc:
            self.conv_sc = SN(nn.Conv2d(in_ch, out_ch, 1))

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.conv_sc(x)  # expect
            if self.downsample:  # expect
                x = F.avg_pool2d(x, 2)  # expect
        return x

    def forward(self, x):
        h = self.conv1(F.relu(x))
        h = self.conv2(F.relu(h))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h + self.shortcut(x)  # expect
