# residua-test: wrong target=Bottleneck
# What is wrong: The group count is handed over as conv3x3's third positional parameter, which is the stride: the branch shrinks and the sum fails.
import torch
import torch.nn as nn


def conv3x3(in_planes, out_planes, stride=1, groups=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride, 1, groups=groups, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


class Bottleneck(nn.Module):
    """ResNeXt bottleneck; the stride is in the last 1x1, behind a low-pass filter."""
    expansion = 4

    def __init__(self, inplanes=64, planes=16, stride=1, groups=4):
        super().__init__()
        out = planes * self.expansion
        self.conv1 = conv1x1(inplanes, planes)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes, groups)  # expect: R189
        self.bn2 = nn.BatchNorm2d(planes)
        self.blur = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3 = conv1x1(planes, out)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1 or inplanes != out:
            self.downsample = nn.Sequential(
                nn.AvgPool2d(stride), conv1x1(inplanes, out), nn.BatchNorm2d(out))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(self.blur(out)))
        out += identity
        return self.relu(out)
