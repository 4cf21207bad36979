# residua-test: wrong target=Bottleneck3D
# What is wrong: the main path strides only over space (1, s, s), the projection strides over time as well: with stride 2 the shapes differ.
import torch
import torch.nn as nn


class Bottleneck3D(nn.Module):
    """Slow pathway block: 1x1x1 -> 1x3x3 -> 1x1x1, no temporal downsampling."""
    expansion = 4

    def __init__(self, in_planes, planes, stride=1, head_conv=1):
        super(Bottleneck3D, self).__init__()
        self.conv1 = nn.Conv3d(in_planes, planes, (head_conv, 1, 1),
                               padding=(head_conv // 2, 0, 0), bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(planes, planes, (1, 3, 3), stride=(1, stride, stride),
                               padding=(0, 1, 1), bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.conv3 = nn.Conv3d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)

        self.downsample = None
        if stride != 1 or in_planes != planes * self.expansion:
            self.downsample = nn.Sequential(
                nn.Conv3d(in_planes, planes * self.expansion, 1, stride=stride, bias=False),  # expect: R114
                nn.BatchNorm3d(planes * self.expansion),
            )

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out = out + res
        return self.relu(out)
