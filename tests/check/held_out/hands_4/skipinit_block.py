# residua-test: right target=SkipInitBlock args=in_channels=32,out_channels=64,stride=2
"""Unnormalised residual block with SkipInit (De & Smith, NeurIPS 2020)."""
import torch
from torch import nn


class SkipInitBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.alpha = nn.Parameter(torch.zeros(()))
        self.relu = nn.ReLU()
        if stride == 1 and in_channels == out_channels:
            self.shortcut = None
        else:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
        self.reset_parameters()

    def reset_parameters(self):
        for m in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            nn.init.zeros_(m.bias)
        if self.shortcut is not None:
            nn.init.xavier_normal_(self.shortcut.weight)
            nn.init.zeros_(self.shortcut.bias)

    def forward(self, x):
        pre = self.relu(x)
        identity = x if self.shortcut is None else self.shortcut(pre)
        branch = self.conv2(self.relu(self.conv1(pre)))
        return identity + self.alpha * branch
