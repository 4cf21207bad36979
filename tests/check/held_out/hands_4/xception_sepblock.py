# residua-test: wrong target=XceptionUnit
# What is wrong: The leading in-place ReLU rewrites x before it is used as the identity: the shortcut carries relu(x), the caller's tensor is changed (and a leaf that needs a gradient raises)
import torch
import torch.nn as nn


class DwsConv(nn.Module):
    """Depthwise-separable 3x3 convolution."""

    def __init__(self, in_channels, out_channels):
        super(DwsConv, self).__init__()
        self.dw_conv = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
        self.pw_conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return self.bn(self.pw_conv(self.dw_conv(x)))


class PreDwsConv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super(PreDwsConv, self).__init__()
        self.activ = nn.ReLU(inplace=True)  # expect
        self.conv = DwsConv(in_channels, out_channels)

    def forward(self, x):
        x = self.activ(x)  # expect: R108
        return self.conv(x)


class XceptionUnit(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, reps: int = 3):
        super(XceptionUnit, self).__init__()
        self.resize_identity = in_channels != out_channels
        if self.resize_identity:
            self.identity_conv = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, bias=False),
                                               nn.BatchNorm2d(out_channels))
        self.body = nn.Sequential()
        for i in range(reps):
            self.body.add_module('block{}'.format(i + 1),
                                 PreDwsConv(in_channels if i == 0 else out_channels, out_channels))

    def forward(self, x):
        y = self.body(x)
        identity = self.identity_conv(x) if self.resize_identity else x  # expect
        return y + identity  # expect
