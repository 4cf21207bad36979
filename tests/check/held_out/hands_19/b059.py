# residua-test: wrong target=FPNHead
# What is wrong: the top-down addition changes the output of a ReLU in place, which the backward pass of that ReLU needs: backward() raises an error.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvModule(nn.Module):
    def __init__(self, cin, cout, k):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, padding=k // 2, bias=False)
        self.bn = nn.BatchNorm2d(cout)
        self.activate = nn.ReLU()

    def forward(self, x):
        return self.activate(self.bn(self.conv(x)))


class FPNHead(nn.Module):
    """ top-down pathway with additive lateral connections, input: list of maps (fine to coarse) """

    def __init__(self, in_channels=(32, 64, 128), out_channels=32):
        super().__init__()
        self.lateral_convs = nn.ModuleList([ConvModule(c, out_channels, 1) for c in in_channels])
        self.fpn_convs = nn.ModuleList([ConvModule(out_channels, out_channels, 3) for _ in in_channels])

    def forward(self, inputs):
        laterals = [conv(f) for conv, f in zip(self.lateral_convs, inputs)]
        for i in range(len(laterals) - 1, 0, -1):
            prev_shape = laterals[i - 1].shape[2:]
            laterals[i - 1] += F.interpolate(laterals[i], size=prev_shape, mode='nearest')  # expect: R109
        return [conv(x) for conv, x in zip(self.fpn_convs, laterals)]
