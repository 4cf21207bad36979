# residua-test: wrong target=DBlock
# What is wrong: the shortcut (1x1 conv and pooling) is only used when the channels differ, so a downsampling block with equal channels adds the unpooled input to the pooled branch and fails.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class DBlock(nn.Module):
    """Discriminator block. downsample=True halves the resolution, for any pair of widths."""

    def __init__(self, in_ch, out_ch, h_ch=None, ksize=3, downsample=False, activation=F.relu):
        super(DBlock, self).__init__()
        self.activation = activation
        self.downsample = downsample
        self.learnable_sc = in_ch != out_ch  # expect: R114
        h_ch = out_ch if h_ch is None else h_ch
        pad = ksize // 2
        self.c1 = sn(nn.Conv2d(in_ch, h_ch, ksize, 1, pad))
        self.c2 = sn(nn.Conv2d(h_ch, out_ch, ksize, 1, pad))
        if self.learnable_sc:
            self.c_sc = sn(nn.Conv2d(in_ch, out_ch, 1, 1, 0))

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.c_sc(x)
            if self.downsample:
                return F.avg_pool2d(x, 2)
        return x

    def residual(self, x):
        h = self.c1(self.activation(x))
        h = self.c2(self.activation(h))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h

    def forward(self, x):
        return self.shortcut(x) + self.residual(x)
