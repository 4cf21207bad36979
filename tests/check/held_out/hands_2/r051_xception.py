# residua-test: right target=XceptionBlock
import torch
import torch.nn as nn


class SeparableConv2d(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.depthwise = nn.Conv2d(i, i, 3, padding=1, groups=i, bias=False)
        self.pointwise = nn.Conv2d(i, o, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class XceptionBlock(nn.Module):
    def __init__(self, in_filters, out_filters, reps=2, strides=1, start_with_relu=True):
        super().__init__()
        if out_filters != in_filters or strides != 1:
            self.skip = nn.Conv2d(in_filters, out_filters, 1, stride=strides, bias=False)
            self.skipbn = nn.BatchNorm2d(out_filters)
        else:
            self.skip = None
        rep, c = [], in_filters
        for _ in range(reps):
            rep += [nn.ReLU(inplace=True), SeparableConv2d(c, out_filters), nn.BatchNorm2d(out_filters)]
            c = out_filters
        # the first ReLU must not change the block input, the skip needs it
        rep = rep[1:] if not start_with_relu else [nn.ReLU(inplace=False)] + rep[1:]
        if strides != 1:
            rep.append(nn.MaxPool2d(3, strides, 1))
        self.rep = nn.Sequential(*rep)

    def forward(self, inp):
        x = self.rep(inp)
        skip = inp if self.skip is None else self.skipbn(self.skip(inp))
        return x + skip
