# residua-test: right target=CBAMBlock style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(cin, cout, stride=1, groups=1, dilation=1):
    return nn.Conv2d(cin, cout, 3, stride, dilation, dilation, groups, bias=False)


class CBAMBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.mlp = nn.Sequential(nn.Conv2d(channels, channels // 16, 1, bias=False), nn.ReLU(), nn.Conv2d(channels // 16, channels, 1, bias=False))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        ca = torch.sigmoid(self.mlp(F.adaptive_avg_pool2d(out, 1)) + self.mlp(F.adaptive_max_pool2d(out, 1)))
        out = ca * out
        sa = torch.cat([out.mean(1, keepdim=True), out.max(1, keepdim=True)[0]], 1)
        out = torch.sigmoid(self.spatial(sa)) * out
        return F.relu(out + x)
