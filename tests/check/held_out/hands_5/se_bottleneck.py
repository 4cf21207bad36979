# residua-test: wrong target=SEBottleneck args=inplanes=256,planes=64
# What is wrong: The skip (possibly projected) is computed into `residual` and never added: the addition before the last ReLU is missing
import torch
import torch.nn as nn


class SEModule(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x):
        w = torch.relu(self.fc1(self.pool(x)))
        return x * torch.sigmoid(self.fc2(w))


class SEBottleneck(nn.Module):
    """Bottleneck of SE-ResNet-50."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, reduction=16, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.relu = nn.ReLU(inplace=True)
        self.se_module = SEModule(planes * 4, reduction)
        self.downsample = downsample

    def forward(self, x):  # expect
        residual = x  # expect
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            residual = self.downsample(x)  # expect
        out = self.se_module(out)  # expect
        out = self.relu(out)  # expect: R102
        return out  # expect
