# residua-test: right target=ResNetCifar
import torch
from torch import nn


def bn(c, zero_init=False):
    m = nn.BatchNorm2d(c)
    if zero_init:
        nn.init.constant_(m.weight, 0.)
    return m


def resnet_shortcut(c_in, c_out, stride):
    if c_in == c_out and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), bn(c_out))


class Basic(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), bn(c_out), nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False), bn(c_out, zero_init=True))
        self.short = resnet_shortcut(c_in, c_out, stride)

    def forward(self, l):
        return torch.relu(self.short(l) + self.main(l))


class ResNetCifar(nn.Module):
    def __init__(self, n=3, num_classes=10):
        super().__init__()
        blocks, c = [], 16
        for stage, width in enumerate([16, 32, 64]):
            for k in range(n):
                blocks.append(Basic(c, width, 2 if stage > 0 and k == 0 else 1))
                c = width
        self.net = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False), bn(16), nn.ReLU(inplace=True),
            *blocks,
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))

    def forward(self, x):
        return self.net(x)
