# residua-test: wrong target=ResidualBlock args='input_dim=16,output_dim=32,resample="down",dilation=2'
# What is wrong: With resample='down' and dilation > 1 the first convolution keeps padding=1 instead of the dilation, so the branch and the shortcut have different sizes
"""Residual block of the NCSN RefineNet, with optional dilation in place of pooling."""
from functools import partial

import torch.nn as nn


def ncsn_conv3x3(in_planes, out_planes, stride=1, bias=True, dilation=1, padding=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, bias=bias,
                     dilation=dilation, padding=padding)


class ConvMeanPool(nn.Module):
    def __init__(self, input_dim, output_dim, kernel_size=3, biases=True):
        super().__init__()
        self.conv = nn.Conv2d(input_dim, output_dim, kernel_size, padding=kernel_size // 2, bias=biases)

    def forward(self, inputs):
        return nn.functional.avg_pool2d(self.conv(inputs), 2)


class ResidualBlock(nn.Module):
    def __init__(self, input_dim, output_dim, resample=None, act=nn.ELU(),
                 normalization=nn.InstanceNorm2d, dilation=1):
        super().__init__()
        self.non_linearity = act
        self.resample = resample
        if resample == 'down':
            if dilation > 1:
                self.conv1 = ncsn_conv3x3(input_dim, input_dim, dilation=dilation)  # expect: R129
                self.normalize2 = normalization(input_dim)
                self.conv2 = ncsn_conv3x3(input_dim, output_dim, dilation=dilation, padding=dilation)
                conv_shortcut = partial(ncsn_conv3x3, dilation=dilation, padding=dilation)
            else:
                self.conv1 = ncsn_conv3x3(input_dim, input_dim)
                self.normalize2 = normalization(input_dim)
                self.conv2 = ConvMeanPool(input_dim, output_dim, 3)
                conv_shortcut = partial(ConvMeanPool, kernel_size=1)
        elif resample is None:
            self.conv1 = ncsn_conv3x3(input_dim, output_dim, dilation=dilation, padding=dilation)
            self.normalize2 = normalization(output_dim)
            self.conv2 = ncsn_conv3x3(output_dim, output_dim, dilation=dilation, padding=dilation)
            conv_shortcut = partial(nn.Conv2d, kernel_size=1)
        else:
            raise ValueError('invalid resample value')

        self.shortcut = None
        if output_dim != input_dim or resample is not None:
            self.shortcut = conv_shortcut(input_dim, output_dim)
        self.normalize1 = normalization(input_dim)

    def forward(self, x):
        output = self.non_linearity(self.normalize1(x))
        output = self.conv1(output)
        output = self.non_linearity(self.normalize2(output))
        output = self.conv2(output)
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return shortcut + output  # expect
