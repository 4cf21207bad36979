# residua-test: right target=DeepDiscriminator
# Why it is right: BigGAN-deep D blocks widen the shortcut by concatenating a 1x1 convolution's channels to the pooled identity.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class DBlock(nn.Module):
    def __init__(self, in_channels, out_channels, downsample=True):
        super().__init__()
        hidden = out_channels // 4
        self.conv1 = sn(nn.Conv2d(in_channels, hidden, 1))
        self.conv2 = sn(nn.Conv2d(hidden, hidden, 3, padding=1))
        self.conv3 = sn(nn.Conv2d(hidden, hidden, 3, padding=1))
        self.conv4 = sn(nn.Conv2d(hidden, out_channels, 1))
        self.downsample = downsample
        self.learnable_sc = in_channels != out_channels
        if self.learnable_sc:
            self.conv_sc = sn(nn.Conv2d(in_channels, out_channels - in_channels, 1))

    def shortcut(self, x):
        if self.downsample:
            x = F.avg_pool2d(x, 2)
        if self.learnable_sc:
            x = torch.cat([x, self.conv_sc(x)], 1)
        return x

    def forward(self, x):
        h = self.conv1(F.relu(x))
        h = self.conv2(F.relu(h))
        h = self.conv3(F.relu(h))
        h = F.relu(h)
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return self.conv4(h) + self.shortcut(x)


class DeepDiscriminator(nn.Module):
    def __init__(self, ch=16):
        super().__init__()
        self.stem = sn(nn.Conv2d(3, ch, 3, padding=1))
        self.blocks = nn.Sequential(
            DBlock(ch, 2 * ch),
            DBlock(2 * ch, 2 * ch, downsample=False),
            DBlock(2 * ch, 4 * ch),
        )
        self.linear = sn(nn.Linear(4 * ch, 1))

    def forward(self, x):
        h = F.relu(self.blocks(self.stem(x)))
        return self.linear(h.sum(dim=(2, 3)))
