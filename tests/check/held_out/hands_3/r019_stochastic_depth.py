# residua-test: right target=StoDepthBasicBlock args='in_channels=16, out_channels=16, survival=0.8'
import torch
import torch.nn as nn
import torch.nn.functional as F


class StoDepthBasicBlock(nn.Module):
    """Deep networks with stochastic depth (Huang et al.): one coin per batch, branch scaled at test time."""

    def __init__(self, in_channels, out_channels, survival=0.8, stride=1):
        super().__init__()
        self.survival = survival
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                                          nn.BatchNorm2d(out_channels))

    def branch(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out))

    def forward(self, x):
        identity = self.shortcut(x)
        if self.training:
            if torch.rand(1).item() >= self.survival:
                return F.relu(identity)
            return F.relu(self.branch(x) + identity)
        return F.relu(self.survival * self.branch(x) + identity)
