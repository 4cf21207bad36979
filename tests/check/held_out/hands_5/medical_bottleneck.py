# residua-test: wrong target=VolumeBottleneck args=inplanes=64,planes=16
# What is wrong: forward calls bn1 after both conv1 and conv2, so bn1 normalises two different layers and bn2 is never used
import torch
import torch.nn as nn


class VolumeBottleneck(nn.Module):
    """3-d bottleneck for CT volumes."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv3d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)  # expect
        self.conv2 = nn.Conv3d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)  # expect
        self.conv3 = nn.Conv3d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(planes * 4)
        self.relu = nn.ReLU()
        if stride != 1 or inplanes != planes * 4:
            self.downsample = nn.Sequential(
                nn.Conv3d(inplanes, planes * 4, 1, stride=stride, bias=False), nn.BatchNorm3d(planes * 4))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))  # expect
        out = self.relu(self.bn1(self.conv2(out)))  # expect: R121
        out = self.bn3(self.conv3(out))
        return self.relu(out + self.downsample(x))
