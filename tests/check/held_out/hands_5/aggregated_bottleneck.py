# residua-test: wrong target=AggregatedBottleneck args=inplanes=256,planes=64
# What is wrong: cardinality only enters the width; the 3x3 convolution is not grouped, so this is a wide bottleneck and not ResNeXt
import torch
import torch.nn as nn


class AggregatedBottleneck(nn.Module):
    """ResNeXt bottleneck: 32 paths of width 4 realised by a grouped 3x3 convolution."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, cardinality=32, base_width=4):
        super().__init__()
        width = int(planes * (base_width / 64.0)) * cardinality
        self.conv1 = nn.Conv2d(inplanes, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)  # expect: R209
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inplanes != planes * self.expansion:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes * self.expansion, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * self.expansion))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + identity)
