# residua-test: wrong target=RCANLite
# What is wrong: In the loop every block is applied to x instead of to the running result, so only the last block of a group has any effect and the others are never trained.
import math

import torch
import torch.nn as nn


class CALayer(nn.Module):
    def __init__(self, channel, reduction=8):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Conv2d(channel, channel // reduction, 1), nn.ReLU(),
            nn.Conv2d(channel // reduction, channel, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(self.pool(x))


class RCAB(nn.Module):
    def __init__(self, n_feat):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.ReLU(),
            nn.Conv2d(n_feat, n_feat, 3, padding=1), CALayer(n_feat))

    def forward(self, x):
        return x + self.body(x)  # found: R103


class ResidualGroup(nn.Module):
    def __init__(self, n_feat, n_blocks):
        super().__init__()
        self.blocks = nn.ModuleList(RCAB(n_feat) for _ in range(n_blocks))
        self.conv = nn.Conv2d(n_feat, n_feat, 3, padding=1)

    def forward(self, x):
        for block in self.blocks:
            res = block(x)  # expect: R103
        res = self.conv(res)
        return res + x


class RCANLite(nn.Module):
    def __init__(self, scale=2, n_groups=2, n_blocks=4, n_feat=32):
        super().__init__()
        self.head = nn.Conv2d(3, n_feat, 3, padding=1)
        self.groups = nn.Sequential(*[ResidualGroup(n_feat, n_blocks) for _ in range(n_groups)])
        self.after = nn.Conv2d(n_feat, n_feat, 3, padding=1)
        up = []
        for _ in range(int(math.log2(scale))):
            up += [nn.Conv2d(n_feat, 4 * n_feat, 3, padding=1), nn.PixelShuffle(2)]
        self.up = nn.Sequential(*up)
        self.tail = nn.Conv2d(n_feat, 3, 3, padding=1)

    def forward(self, lr):
        x = self.head(lr)
        x = self.after(self.groups(x)) + x
        return self.tail(self.up(x))
