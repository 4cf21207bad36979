# residua-test: wrong target=SpatioTemporalBlock args=in_channels=32,out_channels=64,downsample=True
# What is wrong: With downsample=True the branch strides time as well, but the shortcut strides only space (1, 2, 2), so the sum has mismatching frames
"""(2+1)D residual block: spatial 1xkxk followed by temporal kx1x1 convolution."""
import torch
import torch.nn as nn


class Conv2Plus1D(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1):
        super().__init__()
        k = kernel_size
        mid = (k ** 3 * in_channels * out_channels) // (k * k * in_channels + k * out_channels)
        self.spatial = nn.Conv3d(in_channels, mid, (1, k, k), stride=(1, stride, stride),
                                 padding=(0, k // 2, k // 2), bias=False)
        self.bn = nn.BatchNorm3d(mid)
        self.relu = nn.ReLU(inplace=True)
        self.temporal = nn.Conv3d(mid, out_channels, (k, 1, 1), stride=(stride, 1, 1),
                                  padding=(k // 2, 0, 0), bias=False)

    def forward(self, x):
        return self.temporal(self.relu(self.bn(self.spatial(x))))


class SpatioTemporalBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, downsample: bool = False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = Conv2Plus1D(in_channels, out_channels, kernel_size, stride)  # expect: R111
        self.bn1 = nn.BatchNorm3d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = Conv2Plus1D(out_channels, out_channels, kernel_size)
        self.bn2 = nn.BatchNorm3d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv3d(in_channels, out_channels, 1, stride=(1, stride, stride), bias=False),  # expect
                nn.BatchNorm3d(out_channels))

    def forward(self, x):
        res = self.relu(self.bn1(self.conv1(x)))
        res = self.bn2(self.conv2(res))
        return self.relu(self.shortcut(x) + res)  # expect
