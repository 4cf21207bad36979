# residua-test: right target=OneResolutionUNet
import torch
from torch import nn


class OneResolutionUNet(nn.Module):
    def __init__(self, in_channels=3, width=32, depth=3, out_channels=3):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, width, 3, padding=1)
        self.enc = nn.ModuleList([nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()) for _ in range(depth)])
        self.mid = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        self.dec = nn.ModuleList([nn.Sequential(nn.Conv2d(2 * width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()) for _ in range(depth)])
        self.out = nn.Conv2d(width, out_channels, 1)

    def forward(self, x):
        x = self.stem(x)
        skips = []
        for layer in self.enc:
            x = layer(x)
            skips.insert(0, x)
        x = self.mid(x)
        for layer in self.dec:
            x = layer(torch.cat([x, skips.pop(0)], dim=1))
        return self.out(x)
