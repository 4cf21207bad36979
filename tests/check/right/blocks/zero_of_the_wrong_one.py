# residua-test: right target=Neck
import torch
import torch.nn as nn
import torch.nn.functional as F


class Other(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.bn.weight)


class Neck(nn.Module):
    def __init__(self, channels):
        super().__init__()
        width = channels // 4
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.bn3.weight)

    def forward(self, x):
        y = F.silu(self.bn1(self.conv1(x)))
        y = F.silu(self.bn2(self.conv2(y)))
        return F.silu(x + self.bn3(self.conv3(y)))
