# residua-test: right target=Block35
import torch
import torch.nn as nn


class BasicConv2d(nn.Module):
    def __init__(self, i, o, k, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(i, o, k, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(o, eps=1e-3)
        self.relu = nn.ReLU(inplace=False)

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))


class Block35(nn.Module):
    """Inception-ResNet-A with residual scaling."""

    def __init__(self, channels=256, scale=0.17):
        super().__init__()
        q = channels // 8
        self.scale = scale
        self.branch0 = BasicConv2d(channels, q, 1)
        self.branch1 = nn.Sequential(BasicConv2d(channels, q, 1), BasicConv2d(q, q, 3, padding=1))
        self.branch2 = nn.Sequential(BasicConv2d(channels, q, 1), BasicConv2d(q, q, 3, padding=1), BasicConv2d(q, q, 3, padding=1))
        self.conv2d = nn.Conv2d(3 * q, channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        out = torch.cat((self.branch0(x), self.branch1(x), self.branch2(x)), 1)
        out = self.conv2d(out)
        return self.relu(out * self.scale + x)
