# residua-test: wrong target=MBConv args='in_ch=16, out_ch=16, use_se=True'
# What is wrong: use_se is accepted and the SE module is built, but forward never applies it
import torch
import torch.nn as nn


class SE(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        self.net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c // r, 1), nn.SiLU(),
                                 nn.Conv2d(c // r, c, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.net(x)


class MBConv(nn.Module):
    def __init__(self, in_ch, out_ch, expand=4, stride=1, use_se=True):  # expect
        super().__init__()
        mid = in_ch * expand
        self.expand = nn.Sequential(nn.Conv2d(in_ch, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.depthwise = nn.Sequential(nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False),
                                       nn.BatchNorm2d(mid), nn.SiLU())
        self.se = SE(mid) if use_se else nn.Identity()  # expect: R126
        self.project = nn.Sequential(nn.Conv2d(mid, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch))
        self.has_skip = stride == 1 and in_ch == out_ch

    def forward(self, x):
        h = self.depthwise(self.expand(x))  # expect
        h = self.project(h)  # expect
        return x + h if self.has_skip else h
