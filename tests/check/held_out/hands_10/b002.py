# residua-test: wrong target=RCAN
# What is wrong: The residual groups are kept in a plain Python list, so they are not registered: missing from parameters(), state_dict and .to(device), and never trained.
import torch
import torch.nn as nn


class CALayer(nn.Module):
    def __init__(self, channel, reduction=8):
        super(CALayer, self).__init__()
        self.conv_du = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channel, channel // reduction, 1), nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.conv_du(x)


class RCAB(nn.Module):
    def __init__(self, n_feat):
        super(RCAB, self).__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.ReLU(True),
            nn.Conv2d(n_feat, n_feat, 3, padding=1), CALayer(n_feat))

    def forward(self, x):
        return self.body(x) + x


class ResidualGroup(nn.Module):
    def __init__(self, n_feat, n_resblocks):
        super(ResidualGroup, self).__init__()
        body = [RCAB(n_feat) for _ in range(n_resblocks)]
        body.append(nn.Conv2d(n_feat, n_feat, 3, padding=1))
        self.body = nn.Sequential(*body)

    def forward(self, x):
        res = self.body(x)
        res += x
        return res


class RCAN(nn.Module):
    def __init__(self, scale=2, n_feat=32, n_groups=3, n_blocks=2):
        super(RCAN, self).__init__()
        self.head = nn.Conv2d(3, n_feat, 3, padding=1)
        self.groups = []  # expect: R125
        for i in range(n_groups):
            self.groups.append(ResidualGroup(n_feat, n_blocks))
        self.conv_after_body = nn.Conv2d(n_feat, n_feat, 3, padding=1)
        self.tail = nn.Sequential(
            nn.Conv2d(n_feat, n_feat * scale ** 2, 3, padding=1),
            nn.PixelShuffle(scale),
            nn.Conv2d(n_feat, 3, 3, padding=1))

    def forward(self, x):
        x = self.head(x)
        res = x
        for g in self.groups:
            res = g(res)
        res = self.conv_after_body(res)
        return self.tail(res + x)
