# residua-test: wrong target=UnetResBlock args=in_channels=16,out_channels=16
# What is wrong: conv3 and norm3 are always created although the default (same channels, stride 1) never calls them, leaving parameters without gradients
import torch
import torch.nn as nn


class UnetResBlock(nn.Module):
    """Residual block for a volumetric U-Net, instance norm and leaky ReLU."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv3d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.norm1 = nn.InstanceNorm3d(out_channels, affine=True)
        self.conv2 = nn.Conv3d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.norm2 = nn.InstanceNorm3d(out_channels, affine=True)
        self.conv3 = nn.Conv3d(in_channels, out_channels, 1, stride, bias=False)  # expect: R126
        self.norm3 = nn.InstanceNorm3d(out_channels, affine=True)  # expect
        self.lrelu = nn.LeakyReLU(0.01)
        self.downsample = in_channels != out_channels or stride != 1

    def forward(self, x):
        residual = x
        out = self.lrelu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        if self.downsample:  # expect
            residual = self.norm3(self.conv3(residual))
        return self.lrelu(out + residual)
