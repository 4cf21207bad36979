# residua-test: wrong target=CBAMBlock
# What is wrong: The channel gate adds the average-pooled path to itself, so the max-pooled path is computed and never used
import torch
import torch.nn as nn


class ChannelGate(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.max_pool = nn.AdaptiveMaxPool2d(1)
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(channels // reduction, channels, 1, bias=False),
        )

    def forward(self, x):
        y_avg = self.mlp(self.avg_pool(x))
        y_max = self.mlp(self.max_pool(x))  # expect: R155
        return x * torch.sigmoid(y_avg + y_avg)  # expect


class SpatialGate(nn.Module):
    def __init__(self, k=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, k, padding=k // 2, bias=False)

    def forward(self, x):
        s = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return x * torch.sigmoid(self.conv(s))


class CBAMBlock(nn.Module):
    """Basic block followed by channel and spatial attention."""

    def __init__(self, planes=64):
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.ca = ChannelGate(planes)
        self.sa = SpatialGate()

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = self.sa(self.ca(out))
        return torch.relu(out + x)
