# residua-test: right target=InvertedResidual
# Why it is right: A linear bottleneck with the shortcut only when both the stride and the width allow it; the missing last activation belongs to MobileNetV2.
from collections import OrderedDict
import torch.nn as nn


class InvertedResidual(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, expand_ratio=6):
        super().__init__()
        assert stride in (1, 2)
        mid = in_channels * expand_ratio
        self.identity = stride == 1 and in_channels == out_channels
        parts = OrderedDict()
        if expand_ratio > 1:
            parts["expand"] = nn.Conv2d(in_channels, mid, 1, bias=False)
            parts["expand_bn"] = nn.BatchNorm2d(mid)
            parts["expand_act"] = nn.ReLU6(inplace=True)
        parts["depthwise"] = nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False)
        parts["depthwise_bn"] = nn.BatchNorm2d(mid)
        parts["depthwise_act"] = nn.ReLU6(inplace=True)
        parts["project"] = nn.Conv2d(mid, out_channels, 1, bias=False)
        parts["project_bn"] = nn.BatchNorm2d(out_channels)
        self.conv = nn.Sequential(parts)

    def forward(self, x):
        y = self.conv(x)
        if self.identity:
            y = y + x
        return y
