# residua-test: wrong target=BAM
# What is wrong: The 1 + sigmoid already holds the skip of F + F*M(F); returning x + x*Mf adds it a second time.
import torch
from torch import nn


class ChannelGate(nn.Module):
    def __init__(self, channel, reduction=16):
        super().__init__()
        hid = max(channel // reduction, 4)
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Conv2d(channel, hid, 1), nn.ReLU(inplace=True), nn.Conv2d(hid, channel, 1))

    def forward(self, x):
        return self.fc(self.avg_pool(x))


class SpatialGate(nn.Module):
    def __init__(self, channel, reduction=16, dilation=4):
        super().__init__()
        hid = max(channel // reduction, 4)
        self.body = nn.Sequential(
            nn.Conv2d(channel, hid, 1), nn.BatchNorm2d(hid), nn.ReLU(inplace=True),
            nn.Conv2d(hid, hid, 3, padding=dilation, dilation=dilation), nn.BatchNorm2d(hid), nn.ReLU(inplace=True),
            nn.Conv2d(hid, 1, 1))

    def forward(self, x):
        return self.body(x)


class BAM(nn.Module):
    """Bottleneck attention module, eq. (2): F' = F + F * M(F), M(F) = sigmoid(Mc + Ms)."""

    def __init__(self, channel):
        super().__init__()
        self.channel_attn = ChannelGate(channel)
        self.spatial_attn = SpatialGate(channel)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        Mc = self.channel_attn(x)
        Ms = self.spatial_attn(x)
        Mf = 1 + self.sigmoid(Mc + Ms)  # expect: R236
        return x + x * Mf
