# residua-test: wrong target=ResUNet
# What is wrong: the decoder walks through the skips from the shallowest to the deepest; it must take them in reverse order.
# nuclei segmentation, constant width so that skips can be added
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1),
            nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1),
        )

    def forward(self, x):
        return x + self.body(x)


class ResUNet(nn.Module):
    def __init__(self, in_channels=1, out_channels=1, width=32, depth=3):
        super().__init__()
        self.inc = nn.Conv2d(in_channels, width, 3, padding=1)
        self.downs = nn.ModuleList([Res(width) for _ in range(depth)])
        self.bottleneck = Res(width)
        self.ups = nn.ModuleList([Res(width) for _ in range(depth)])
        self.outc = nn.Conv2d(width, out_channels, 1)

    def forward(self, x):
        size = x.shape[-2:]
        x = self.inc(x)
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottleneck(x)
        for up, skip in zip(self.ups, skips):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode='bilinear', align_corners=False)
            x = up(x + skip)
        x = self.outc(x)
        return F.interpolate(x, size=size, mode='bilinear', align_corners=False)
