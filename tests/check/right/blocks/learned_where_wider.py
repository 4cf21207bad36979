# residua-test: right target=DBlock
import torch.nn as nn
import torch.nn.functional as F


class DBlock(nn.Module):
    def __init__(self, in_channels, out_channels, downsample=True, preactivation=True):
        super().__init__()
        self.downsample = downsample
        self.preactivation = preactivation
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, 1, 1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.learnable_sc = downsample or in_channels != out_channels
        if self.learnable_sc:
            self.conv_sc = nn.Conv2d(in_channels, out_channels, 1, 1, 0)

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.conv_sc(x)
        return F.avg_pool2d(x, 2) if self.downsample else x

    def forward(self, x):
        h = F.relu(x) if self.preactivation else x
        h = self.conv2(F.relu(self.conv1(h)))
        if self.downsample:
            h = F.avg_pool2d(h, 2)
        return h + self.shortcut(x)
