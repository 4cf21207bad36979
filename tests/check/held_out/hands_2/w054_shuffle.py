# residua-test: wrong target=ShuffleResUnit args=channels=24,groups=3
# What is wrong: the channel shuffle lacks the transpose between the two views, so nothing is shuffled and groups never mix
import torch
import torch.nn as nn
import torch.nn.functional as F


class ShuffleResUnit(nn.Module):
    """ShuffleNet v1 unit, stride 1."""

    def __init__(self, channels, groups=3):
        super().__init__()
        mid = channels // 2
        self.groups = groups
        self.gconv1 = nn.Conv2d(channels, mid, 1, groups=groups, bias=False)
        self.bn1 = nn.BatchNorm2d(mid)
        self.dw = nn.Conv2d(mid, mid, 3, padding=1, groups=mid, bias=False)
        self.bn2 = nn.BatchNorm2d(mid)
        self.gconv2 = nn.Conv2d(mid, channels, 1, groups=groups, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def shuffle(self, x):
        b, c, h, w = x.shape
        g = self.groups
        if g > 1:
            return x.view(b, g, c // g, h, w).view(b, c, h, w)  # expect: R175
        return x

    def forward(self, x):
        y = F.relu(self.bn1(self.gconv1(x)))
        y = self.shuffle(y)  # expect
        y = self.bn2(self.dw(y))
        y = self.bn3(self.gconv2(y))
        return F.relu(x + y)
