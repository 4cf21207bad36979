# residua-test: right target=Bottleneck
import torch.nn as nn
import torch.nn.functional as F


class Bottleneck(nn.Module):
    """Deep layer aggregation: a tree of blocks projects once, and hands the shortcut to each block."""

    expansion = 2

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        inner = planes // self.expansion
        self.conv1 = nn.Conv2d(inplanes, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes)

    def forward(self, x, residual=None):
        if residual is None:
            residual = x
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return F.relu(self.bn3(self.conv3(out)) + residual)
