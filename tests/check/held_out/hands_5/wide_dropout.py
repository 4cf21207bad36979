# residua-test: right target=WideBasic args=in_planes=32,out_planes=64,stride=2,p=0.3
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBasic(nn.Module):
    """Wide-ResNet basic-wide unit, dropout between the convolutions when p > 0."""

    def __init__(self, in_planes, out_planes, stride=1, p=0.0):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, out_planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_planes)
        self.conv2 = nn.Conv2d(out_planes, out_planes, 3, 1, 1, bias=False)
        self.p = p
        self.equal = in_planes == out_planes and stride == 1
        self.shortcut = (not self.equal) and nn.Conv2d(in_planes, out_planes, 1, stride, bias=False) or None

    def forward(self, x):
        if not self.equal:
            x = F.relu(self.bn1(x))
            out = self.conv1(x)
        else:
            out = self.conv1(F.relu(self.bn1(x)))
        out = F.relu(self.bn2(out))
        if self.p > 0:
            out = F.dropout(out, p=self.p, training=self.training)
        out = self.conv2(out)
        return torch.add(x if self.equal else self.shortcut(x), out)
