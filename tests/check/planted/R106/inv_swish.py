# residua-test: wrong target=MBConv right=blocks/inv_swish
import torch
import torch.nn as nn
import torch.nn.functional as F


def layer(cin, cout, kernel, groups=1, act=nn.SiLU):
    return nn.Sequential(
        nn.Conv2d(cin, cout, kernel, padding=kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(cout), act()
    )


class MBConv(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = 4 * channels
        self.expand = layer(channels, hidden, 1)
        self.depthwise = layer(hidden, hidden, 3, hidden)
        self.project = layer(hidden, channels, 1)  # expect: R106

    def forward(self, x):
        return x + self.project(self.depthwise(self.expand(x)))
