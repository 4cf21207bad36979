# residua-test: right target=InceptionResA
import torch
import torch.nn as nn


class ConvBN(nn.Sequential):
    def __init__(self, cin, cout, k=1):
        super().__init__(
            nn.Conv2d(cin, cout, k, padding=k // 2, bias=False), nn.BatchNorm2d(cout, eps=1e-3), nn.ReLU(inplace=True))


class InceptionResA(nn.Module):
    """Block35 of Inception-ResNet-v2; the up-projection is linear and scaled before the sum."""

    def __init__(self, channels=320, scale=0.17):
        super().__init__()
        self.scale = scale
        self.branch0 = ConvBN(channels, 32)
        self.branch1 = nn.Sequential(ConvBN(channels, 32), ConvBN(32, 32, 3))
        self.branch2 = nn.Sequential(ConvBN(channels, 32), ConvBN(32, 48, 3), ConvBN(48, 64, 3))
        self.up = nn.Conv2d(128, channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        mixed = torch.cat([self.branch0(x), self.branch1(x), self.branch2(x)], dim=1)
        return self.relu(x + self.scale * self.up(mixed))
