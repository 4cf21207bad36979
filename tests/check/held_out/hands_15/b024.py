# residua-test: right target=KerasConvBlock
"""Keras-style convolutional block, the stride sits on the f x f conv (v1.5)."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class SameConv2d(nn.Conv2d):
    """tf 'SAME' padding: out = ceil(in / stride), the odd pixel goes to the bottom/right."""

    def forward(self, x):
        pads = []
        for size, k, s in zip(x.shape[-2:], self.kernel_size, self.stride):
            total = max((math.ceil(size / s) - 1) * s + k - size, 0)
            pads.append((total // 2, total - total // 2))
        (t, b), (l, r) = pads
        return super().forward(F.pad(x, (l, r, t, b)))


def bn(n):
    # keras: epsilon=1e-3, momentum=0.99  ->  torch momentum 0.01
    return nn.BatchNorm2d(n, eps=1e-3, momentum=0.01)


class KerasConvBlock(nn.Module):
    def __init__(self, in_ch, filters, s=2, f=3):
        super().__init__()
        F1, F2, F3 = filters
        self.main = nn.Sequential(
            nn.Conv2d(in_ch, F1, 1), bn(F1), nn.ReLU(),
            SameConv2d(F1, F2, f, stride=s), bn(F2), nn.ReLU(),
            nn.Conv2d(F2, F3, 1), bn(F3),
        )
        self.short = nn.Sequential(nn.Conv2d(in_ch, F3, 1, stride=s), bn(F3))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, X):
        X_shortcut = self.short(X)
        X = self.main(X)
        X = torch.add(X, X_shortcut)
        return F.relu(X)
