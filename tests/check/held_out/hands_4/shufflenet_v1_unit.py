# residua-test: right target=ShuffleUnit args=in_channels=24,out_channels=240,groups=3,stride=2,first_group=True
"""ShuffleNet v1 单元。stride=2 时与平均池化的捷径做拼接。"""
import torch
import torch.nn as nn
import torch.nn.functional as F


class ShuffleUnit(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, groups: int = 3, stride: int = 1,
                 first_group: bool = False):
        super().__init__()
        assert stride in (1, 2)
        if stride == 1:
            assert in_channels == out_channels
        self.stride = stride
        self.groups = groups
        mid = out_channels // 4
        branch_out = out_channels if stride == 1 else out_channels - in_channels

        self.compress = nn.Sequential(
            nn.Conv2d(in_channels, mid, 1, groups=1 if first_group else groups, bias=False),
            nn.BatchNorm2d(mid),
            nn.ReLU(inplace=True))
        self.depthwise = nn.Sequential(
            nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False),
            nn.BatchNorm2d(mid))
        self.expand = nn.Sequential(
            nn.Conv2d(mid, branch_out, 1, groups=groups, bias=False),
            nn.BatchNorm2d(branch_out))
        self.pool = nn.AvgPool2d(3, stride=2, padding=1) if stride == 2 else None

    def channel_shuffle(self, x):
        b, c, h, w = x.shape
        return x.view(b, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(b, c, h, w)

    def forward(self, x):
        out = self.compress(x)
        out = self.channel_shuffle(out)
        out = self.depthwise(out)
        out = self.expand(out)
        if self.stride == 1:
            return F.relu(out + x)
        return torch.cat([self.pool(x), F.relu(out)], dim=1)
