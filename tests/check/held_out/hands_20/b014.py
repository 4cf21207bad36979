# residua-test: wrong target=WideBlock
# What is wrong: F.dropout without training=self.training stays active in eval mode, so inference is random.
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    """Pre-activation block of a wide residual network (Kaggle tile classifier)."""

    def __init__(self, in_planes=16, out_planes=32, stride=2, drop_rate=0.3):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, out_planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_planes)
        self.conv2 = nn.Conv2d(out_planes, out_planes, 3, 1, 1, bias=False)
        self.drop_rate = drop_rate
        self.equal = in_planes == out_planes and stride == 1
        self.shortcut = None if self.equal else nn.Conv2d(
            in_planes, out_planes, 1, stride, bias=False)

    def forward(self, x):
        pre = F.relu(self.bn1(x))
        out = F.relu(self.bn2(self.conv1(pre)))
        if self.drop_rate > 0:
            out = F.dropout(out, self.drop_rate)  # expect: R146
        out = self.conv2(out)
        return out + (x if self.equal else self.shortcut(pre))
