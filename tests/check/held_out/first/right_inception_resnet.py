# residua-test: right target=RightInceptionResnet
import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(i, o, k=3, s=1, act=True):
    layers = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    if act:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class RightInceptionResnet(nn.Module):
    def __init__(self, in_channels=320, scale=0.17):
        super().__init__()
        self.scale = scale
        self.b0 = conv_bn(in_channels, 32, 1)
        self.b1 = nn.Sequential(conv_bn(in_channels, 32, 1), conv_bn(32, 32, 3))
        self.up = nn.Conv2d(64, in_channels, 1)

    def forward(self, x):
        out = self.up(torch.cat([self.b0(x), self.b1(x)], 1))
        return F.relu(out * self.scale + x)
