# residua-test: wrong target=LaneSegNet
# What is wrong: The decoder walks the encoder features in encoder order (shallow first) instead of reversed, so it decodes towards the coarsest map and the fine skips are lost.
import torch
from torch import nn
from torch.nn import functional as F


class PreActBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.n1 = nn.GroupNorm(8, c)
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.n2 = nn.GroupNorm(8, c)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        h = self.c1(F.relu(self.n1(x)))
        h = self.c2(F.relu(self.n2(h)))
        return x + h


class LaneSegNet(nn.Module):
    """U-shaped, same width everywhere (simple & fits on the Jetson)"""

    def __init__(self, width=32, levels=4, classes=5):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.encoders = nn.ModuleList([PreActBlock(width) for _ in range(levels)])
        self.middle = PreActBlock(width)
        self.merges = nn.ModuleList([nn.Conv2d(2 * width, width, 1) for _ in range(levels)])
        self.decoders = nn.ModuleList([PreActBlock(width) for _ in range(levels)])
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, img):
        x = self.stem(img)

        feats = []
        for enc in self.encoders:
            x = enc(x)
            feats.append(x)
            x = F.max_pool2d(x, 2)

        x = self.middle(x)

        for merge, dec, skip in zip(self.merges, self.decoders, feats):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode="nearest")
            x = merge(torch.cat([x, skip], dim=1))
            x = dec(x)

        x = self.head(x)
        return F.interpolate(x, size=img.shape[-2:], mode="bilinear", align_corners=False)
