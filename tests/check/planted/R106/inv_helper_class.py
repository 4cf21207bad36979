# residua-test: wrong target=Inverted right=blocks/inv_helper_class
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvNormAct(nn.Module):
    def __init__(self, cin, cout, k, groups=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, padding=k // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout)
        self.act = act

    def forward(self, x):
        x = self.bn(self.conv(x))
        return F.relu6(x) if self.act else x


class Inverted(nn.Module):
    def __init__(self, channels, expand=4):
        super().__init__()
        wide = channels * expand
        self.expand = ConvNormAct(channels, wide, 1)
        self.spatial = ConvNormAct(wide, wide, 3, groups=wide)
        self.project = ConvNormAct(wide, channels, 1)  # expect: R106

    def forward(self, x):
        return x + self.project(self.spatial(self.expand(x)))
