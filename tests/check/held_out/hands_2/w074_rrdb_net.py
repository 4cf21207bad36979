# residua-test: wrong target=RRDBNet
# What is wrong: the trunk repeats one and the same block object: nb blocks share one set of weights
import torch
import torch.nn as nn
import torch.nn.functional as F


class DenseRes(nn.Module):
    def __init__(self, nf, gc):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, gc, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf + gc, gc, 3, 1, 1)
        self.conv3 = nn.Conv2d(nf + 2 * gc, nf, 3, 1, 1)

    def forward(self, x):
        x1 = F.leaky_relu(self.conv1(x), 0.2)
        x2 = F.leaky_relu(self.conv2(torch.cat((x, x1), 1)), 0.2)
        return x + 0.2 * self.conv3(torch.cat((x, x1, x2), 1))


class RRDB(nn.Module):
    def __init__(self, nf, gc=8):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = DenseRes(nf, gc), DenseRes(nf, gc), DenseRes(nf, gc)

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class RRDBNet(nn.Module):
    def __init__(self, in_nc=3, out_nc=3, nf=32, nb=4):
        super().__init__()
        self.conv_first = nn.Conv2d(in_nc, nf, 3, 1, 1)
        self.trunk = nn.Sequential(*[RRDB(nf)] * nb)  # expect: R122
        self.trunk_conv = nn.Conv2d(nf, nf, 3, 1, 1)
        self.up = nn.Conv2d(nf, nf, 3, 1, 1)
        self.conv_last = nn.Conv2d(nf, out_nc, 3, 1, 1)

    def forward(self, x):
        fea = self.conv_first(x)
        fea = fea + self.trunk_conv(self.trunk(fea))
        fea = F.leaky_relu(self.up(F.interpolate(fea, scale_factor=2, mode="nearest")), 0.2)
        return self.conv_last(fea)
