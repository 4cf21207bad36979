# residua-test: wrong target=XceptionBlock
# What is wrong: The main path downsamples by a hard-coded 2 while the skip conv uses stride, so the sum fails for any stride other than 1 and 2.
import torch
import torch.nn as nn


class SeparableConv2d(nn.Module):
    def __init__(self, inplanes, planes, kernel_size=3, stride=1, dilation=1, bias=False):
        super().__init__()
        pad = dilation * (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(inplanes, inplanes, kernel_size, stride, pad, dilation, groups=inplanes, bias=bias)
        self.bn = nn.BatchNorm2d(inplanes)
        self.pointwise = nn.Conv2d(inplanes, planes, 1, 1, 0, 1, 1, bias=bias)

    def forward(self, x):
        return self.pointwise(self.bn(self.conv1(x)))


class XceptionBlock(nn.Module):
    def __init__(self, inplanes, planes, reps, stride=1, dilation=1, start_with_relu=True, grow_first=True):
        super().__init__()

        if planes != inplanes or stride != 1:
            self.skip = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
            self.skipbn = nn.BatchNorm2d(planes)
        else:
            self.skip = None

        rep = []
        filters = inplanes
        if grow_first:
            rep += [nn.ReLU(), SeparableConv2d(inplanes, planes, 3, 1, dilation), nn.BatchNorm2d(planes)]
            filters = planes

        for i in range(reps - 1):
            rep += [nn.ReLU(), SeparableConv2d(filters, filters, 3, 1, dilation), nn.BatchNorm2d(filters)]

        if not grow_first:
            rep += [nn.ReLU(), SeparableConv2d(inplanes, planes, 3, 1, dilation), nn.BatchNorm2d(planes)]

        if stride != 1:
            rep += [nn.ReLU(), SeparableConv2d(planes, planes, 3, 2), nn.BatchNorm2d(planes)]  # expect

        if not start_with_relu:
            rep = rep[1:]

        self.rep = nn.Sequential(*rep)

    def forward(self, inp):
        x = self.rep(inp)

        if self.skip is not None:
            skip = self.skip(inp)
            skip = self.skipbn(skip)
        else:
            skip = inp

        x = x + skip
        return x
