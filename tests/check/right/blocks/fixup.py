# residua-test: right target=Fixup style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(cin, cout, stride=1, groups=1, dilation=1):
    return nn.Conv2d(cin, cout, 3, stride, dilation, dilation, groups, bias=False)


class Fixup(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.bias1a, self.bias1b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bias2a, self.bias2b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.conv2 = conv3x3(planes, planes)
        self.scale = nn.Parameter(torch.ones(1))
        nn.init.zeros_(self.conv2.weight)
        self.downsample = downsample

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x + self.bias1a)
        out = F.relu(self.conv1(x + self.bias1a) + self.bias1b)
        out = self.conv2(out + self.bias2a) * self.scale + self.bias2b
        out += identity
        return F.relu(out)
