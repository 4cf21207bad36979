# residua-test: wrong target=CBAMBlock
# What is wrong: the spatial attention map replaces the features (missing multiplication): a 1-channel map is broadcast onto the skip
import torch
import torch.nn as nn


class ChannelAttention(nn.Module):
    def __init__(self, planes, ratio=4):
        super().__init__()
        self.mlp = nn.Sequential(nn.Conv2d(planes, planes // ratio, 1, bias=False), nn.ReLU(),
                                 nn.Conv2d(planes // ratio, planes, 1, bias=False))

    def forward(self, x):
        avg = self.mlp(x.mean((2, 3), keepdim=True))
        mx = self.mlp(x.amax((2, 3), keepdim=True))
        return torch.sigmoid(avg + mx)


class SpatialAttention(nn.Module):
    def __init__(self, k=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, k, padding=k // 2, bias=False)

    def forward(self, x):
        s = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return torch.sigmoid(self.conv(s))  # expect: R106


class CBAMBlock(nn.Module):
    def __init__(self, planes):
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.ca = ChannelAttention(planes)
        self.sa = SpatialAttention()

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y = self.ca(y) * y
        y = self.sa(y)  # expect
        return self.relu(y + x)
