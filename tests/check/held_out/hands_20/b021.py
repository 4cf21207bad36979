# residua-test: wrong target=ResBlock3d args='in_channels=8, out_channels=16, stride=2'
# What is wrong: One BatchNorm serves both the second convolution and the projected skip: two different distributions share the affine parameters and the running statistics, so eval is wrong.
import torch
import torch.nn as nn


class ResBlock3d(nn.Module):
    """Residual unit of a CT segmentation network (conv-norm-act-conv-norm, projected skip)."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1):
        super().__init__()
        pad = kernel_size // 2
        self.conv1 = nn.Conv3d(in_channels, out_channels, kernel_size, stride, pad, bias=False)
        self.conv2 = nn.Conv3d(out_channels, out_channels, kernel_size, 1, pad, bias=False)
        self.norm1 = nn.BatchNorm3d(out_channels)
        self.norm2 = nn.BatchNorm3d(out_channels)
        self.lrelu = nn.LeakyReLU(0.01, inplace=True)
        self.downsample = in_channels != out_channels or stride != 1
        if self.downsample:
            self.conv3 = nn.Conv3d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, inp):
        residual = inp
        out = self.lrelu(self.norm1(self.conv1(inp)))
        out = self.norm2(self.conv2(out))
        if self.downsample:
            residual = self.norm2(self.conv3(residual))  # expect: R121
        out = out + residual
        return self.lrelu(out)
