# residua-test: wrong target=ResNet3D
# What is wrong: The projection is only made when the stride changes; the first stage widens 16 to 64 channels at stride 1 and the addition fails.
import torch
from torch import nn


class Bottleneck3D(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv3d(in_planes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.conv3 = nn.Conv3d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm3d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        residual = x if self.downsample is None else self.downsample(x)
        return self.relu(out + residual)


class ResNet3D(nn.Module):
    """Clip classifier, clips (B, 3, T, H, W)."""

    def __init__(self, layers=(1, 1), widths=(16, 32), num_classes=5):
        super().__init__()
        self.in_planes = widths[0]
        self.stem = nn.Sequential(
            nn.Conv3d(3, widths[0], (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3), bias=False),
            nn.BatchNorm3d(widths[0]),
            nn.ReLU(inplace=True),
        )
        self.layer1 = self._make_layer(widths[0], layers[0], stride=1)
        self.layer2 = self._make_layer(widths[1], layers[1], stride=2)
        self.fc = nn.Linear(self.in_planes, num_classes)

    def _make_layer(self, planes, blocks, stride):
        out_planes = planes * Bottleneck3D.expansion
        downsample = None
        if stride != 1:  # expect: R114
            downsample = nn.Sequential(
                nn.Conv3d(self.in_planes, out_planes, 1, stride=stride, bias=False),
                nn.BatchNorm3d(out_planes),
            )
        seq = [Bottleneck3D(self.in_planes, planes, stride, downsample)]
        self.in_planes = out_planes
        seq += [Bottleneck3D(out_planes, planes) for _ in range(1, blocks)]
        return nn.Sequential(*seq)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.fc(x.mean(dim=(2, 3, 4)))
