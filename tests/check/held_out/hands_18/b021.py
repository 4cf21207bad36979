# residua-test: wrong target=Bottleneck
# What is wrong: groups is passed as the third positional argument of conv3x3, which is stride: grouped blocks stride instead of grouping (and the sum fails).
import torch
import torch.nn as nn


def conv3x3(in_planes, out_planes, stride=1, groups=1):
    """3x3 convolution with padding"""
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride,
                     padding=1, groups=groups, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, norm_layer=None):
        super(Bottleneck, self).__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        out = planes * self.expansion
        self.conv1 = conv1x1(inplanes, planes)
        self.bn1 = norm_layer(planes)
        self.conv2 = conv3x3(planes, planes, groups)  # expect: R110  # expect: R189
        self.bn2 = norm_layer(planes)
        # stride after the 3x3, with a small average pool in front
        if stride == 1:
            self.conv3 = conv1x1(planes, out)
        else:
            self.conv3 = nn.Sequential(nn.AvgPool2d(stride, stride, ceil_mode=True), conv1x1(planes, out))
        self.bn3 = norm_layer(out)
        self.relu = nn.ReLU(inplace=True)
        if downsample is None and (stride != 1 or inplanes != out):
            downsample = nn.Sequential(conv1x1(inplanes, out, stride), norm_layer(out))
        self.downsample = downsample
        self.stride = stride

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)
