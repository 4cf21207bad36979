# residua-test: wrong target=AntialiasedBottleneck args='inplanes=256, planes=64, groups=32, base_width=4'
# What is wrong: groups is passed in the position of stride, so the 3x3 convolution has stride 32 (a 1x1 map that broadcasts onto the identity) and is not grouped.
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(in_planes, out_planes, stride=1, groups=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, groups=groups, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class BlurPool(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        a = torch.tensor([1.0, 2.0, 1.0])
        k = a[:, None] * a[None, :]
        self.register_buffer("filt", (k / k.sum())[None, None].repeat(channels, 1, 1, 1))
        self.stride = stride

    def forward(self, x):
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")  # found: R161
        return F.conv2d(x, self.filt, stride=self.stride, groups=x.shape[1])


class AntialiasedBottleneck(nn.Module):
    """ResNeXt bottleneck whose striding happens in a blur pool in front of the last 1x1."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64):
        super().__init__()
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, groups)  # expect: R189
        self.bn2 = nn.BatchNorm2d(width)
        last = conv1x1(width, planes * self.expansion)
        self.conv3 = last if stride == 1 else nn.Sequential(BlurPool(width, stride), last)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        return self.relu(out + identity)
