# residua-test: wrong target=ResNeXtMini
# What is wrong: the groups are given in the place of the stride of conv3x3, so any cardinality above 1 strides by it and the sum fails
import torch
import torch.nn as nn


def conv3x3(in_planes, out_planes, stride=1, groups=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride,
                     padding=1, groups=groups, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, groups=1, base_width=64, downsample=None):
        super().__init__()
        width = int(planes * base_width / 64) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = nn.BatchNorm2d(width)
        # stride sits on the last conv here
        self.conv2 = conv3x3(width, width, groups)  # expect: R189
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv1x1(width, planes * self.expansion, stride)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += identity
        return self.relu(out)


class ResNeXtMini(nn.Module):
    """Three stages, cardinality x base_width as in ResNeXt (4x8 for the course project)."""

    def __init__(self, layers=(1, 1, 1), groups=4, base_width=8, num_classes=10):
        super().__init__()
        self.inplanes = 32
        self.groups, self.base_width = groups, base_width
        self.stem = nn.Sequential(conv3x3(3, 32), nn.BatchNorm2d(32), nn.ReLU(inplace=True))
        self.layer1 = self._stage(16, layers[0], 1)
        self.layer2 = self._stage(32, layers[1], 2)
        self.layer3 = self._stage(64, layers[2], 2)
        self.fc = nn.Linear(64 * Bottleneck.expansion, num_classes)

    def _stage(self, planes, n, stride):
        out = planes * Bottleneck.expansion
        down = None
        if stride != 1 or self.inplanes != out:
            down = nn.Sequential(conv1x1(self.inplanes, out, stride), nn.BatchNorm2d(out))
        blocks = [Bottleneck(self.inplanes, planes, stride, self.groups, self.base_width, down)]
        self.inplanes = out
        for _ in range(n - 1):
            blocks.append(Bottleneck(out, planes, 1, self.groups, self.base_width))
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(x.mean(dim=(2, 3)))
