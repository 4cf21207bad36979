# residua-test: wrong target=RRDBNet
# What is wrong: the loop overwrites `fea`, so the long skip adds the trunk's own output instead of the shallow features of conv_first
import functools

import torch
import torch.nn as nn
import torch.nn.functional as F


def make_layer(block, n_layers):
    layers = []
    for _ in range(n_layers):
        layers.append(block())
    return nn.Sequential(*layers)


class DenseBlock3(nn.Module):
    def __init__(self, nf=32, gc=16):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, gc, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf + gc, gc, 3, 1, 1)
        self.conv3 = nn.Conv2d(nf + 2 * gc, nf, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(0.2)

    def forward(self, x):
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(torch.cat((x, x1), 1)))
        x3 = self.conv3(torch.cat((x, x1, x2), 1))
        return x3 * 0.2 + x


class RRDB(nn.Module):
    '''Residual in Residual Dense Block'''

    def __init__(self, nf, gc=16):
        super().__init__()
        self.RDB1 = DenseBlock3(nf, gc)
        self.RDB2 = DenseBlock3(nf, gc)

    def forward(self, x):
        out = self.RDB2(self.RDB1(x))
        return out * 0.2 + x


class RRDBNet(nn.Module):
    '''x2 upscaler. The features of conv_first go around the whole RRDB trunk (long skip)
    and are added to the output of trunk_conv.'''

    def __init__(self, in_nc=3, out_nc=3, nf=32, nb=4, gc=16):
        super().__init__()
        block = functools.partial(RRDB, nf=nf, gc=gc)
        self.conv_first = nn.Conv2d(in_nc, nf, 3, 1, 1)
        self.RRDB_trunk = make_layer(block, nb)
        self.trunk_conv = nn.Conv2d(nf, nf, 3, 1, 1)
        self.upconv1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.HRconv = nn.Conv2d(nf, nf, 3, 1, 1)
        self.conv_last = nn.Conv2d(nf, out_nc, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(0.2)

    def forward(self, x, get_steps=False):
        fea = self.conv_first(x)
        steps = []
        for m in self.RRDB_trunk:
            fea = m(fea)
            steps.append(fea)
        trunk = self.trunk_conv(fea)
        fea = fea + trunk  # expect: R228

        fea = self.lrelu(self.upconv1(F.interpolate(fea, scale_factor=2, mode='nearest')))
        out = self.conv_last(self.lrelu(self.HRconv(fea)))
        if get_steps:
            return out, steps
        return out
