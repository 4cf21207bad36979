# residua-test: wrong target=ResNet3D
# What is wrong: self.inplanes is fixed at 64 whatever first_channels is, so with first_channels=32 the first stage expects 64 channels and fails.
import torch
import torch.nn as nn


class Basic3D(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv3d(inplanes, planes, 3, stride, 1, bias=False), nn.BatchNorm3d(planes), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(nn.Conv3d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm3d(planes))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        residual = x
        out = self.conv2(self.conv1(x))
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return self.relu(out)


class ResNet3D(nn.Module):
    """CT / MRI backbone. The four stages have 1, 2, 4, 8 times first_channels."""

    def __init__(self, in_channels=1, first_channels=64, layers=(1, 1, 1), out_dim=2):
        super().__init__()
        self.inplanes = 64  # expect: R154
        self.stem = nn.Sequential(
            nn.Conv3d(in_channels, first_channels, 3, 2, 1, bias=False),
            nn.BatchNorm3d(first_channels), nn.ReLU(inplace=True))
        self.stages = nn.ModuleList()
        for i, n in enumerate(layers):
            self.stages.append(self._make_layer(first_channels * 2 ** i, n, 1 if i == 0 else 2))
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(self.inplanes, out_dim)

    def _make_layer(self, planes, blocks, stride):
        downsample = None
        if stride != 1 or self.inplanes != planes:
            downsample = nn.Sequential(nn.Conv3d(self.inplanes, planes, 1, stride, bias=False), nn.BatchNorm3d(planes))
        layers = [Basic3D(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes
        layers += [Basic3D(planes, planes) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stem(x)
        for s in self.stages:
            x = s(x)
        return self.fc(self.pool(x).flatten(1))
