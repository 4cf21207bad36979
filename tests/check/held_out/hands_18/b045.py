# residua-test: wrong target=Bottleneck3D
# What is wrong: The main path strides only in space while the shortcut strides in time too, so for stride 2 the sum fails on the time axis.
import torch
from torch import nn


class Bottleneck3D(nn.Module):
    """(2+1)D-ish bottleneck for clips: N x C x T x H x W, keeps T, strides H and W."""

    def __init__(self, c_in, c_mid, stride=1, expansion=4):
        super().__init__()
        c_out = c_mid * expansion
        self.reduce = nn.Sequential(
            nn.Conv3d(c_in, c_mid, (3, 1, 1), padding=(1, 0, 0), bias=False), nn.BatchNorm3d(c_mid), nn.ReLU(True))
        self.spatial = nn.Sequential(
            nn.Conv3d(c_mid, c_mid, (1, 3, 3), stride=(1, stride, stride), padding=(0, 1, 1), bias=False),
            nn.BatchNorm3d(c_mid), nn.ReLU(True))
        self.expand = nn.Sequential(nn.Conv3d(c_mid, c_out, 1, bias=False), nn.BatchNorm3d(c_out))
        if stride == 1 and c_in == c_out:
            self.skip = nn.Identity()
        else:
            self.skip = nn.Sequential(
                nn.Conv3d(c_in, c_out, kernel_size=1, stride=stride, bias=False),  # expect: R114
                nn.BatchNorm3d(c_out))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, clip):
        y = self.expand(self.spatial(self.reduce(clip)))
        return self.relu(y + self.skip(clip))
