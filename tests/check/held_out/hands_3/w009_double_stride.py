# residua-test: wrong target=DownBlock
# What is wrong: stride is applied in both 3x3x3 convolutions, the shortcut only strides once
import torch
import torch.nn as nn


def conv3x3x3(i, o, stride=1):
    return nn.Conv3d(i, o, kernel_size=3, stride=stride, padding=1, bias=False)


class DownBlock(nn.Module):
    """3D residual block used in the encoder of the volumetric classifier."""

    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.conv1 = conv3x3x3(in_ch, out_ch, stride)  # expect
        self.norm1 = nn.InstanceNorm3d(out_ch, affine=True)
        self.conv2 = conv3x3x3(out_ch, out_ch, stride)  # expect: R111
        self.norm2 = nn.InstanceNorm3d(out_ch, affine=True)
        self.act = nn.LeakyReLU(0.01)
        self.skip = None
        if stride > 1 or in_ch != out_ch:
            self.skip = nn.Conv3d(in_ch, out_ch, 1, stride=stride, bias=False)

    def forward(self, x):
        skip = x if self.skip is None else self.skip(x)
        x = self.act(self.norm1(self.conv1(x)))
        x = self.norm2(self.conv2(x))  # expect
        return self.act(x + skip)  # expect
