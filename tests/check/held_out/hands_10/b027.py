# residua-test: wrong target=DenoiseUNet
# What is wrong: The skips are taken with pop(0), i.e. in encoder order: the deepest decoder level gets the full-resolution features and the last one the deepest, hidden by interpolate and equal channel counts.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResConv(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.GELU(), nn.Conv2d(ch, ch, 3, padding=1))

    def forward(self, x):
        return x + self.c(x)


class DenoiseUNet(nn.Module):
    """constant width u-net (like N2N), predicts the noise residual, tiles of any size"""

    def __init__(self, in_ch=1, width=48, depth=4):
        super().__init__()
        self.stem = nn.Conv2d(in_ch, width, 3, padding=1)
        self.enc = nn.ModuleList([ResConv(width) for _ in range(depth)])
        self.mid = ResConv(width)
        self.fuse = nn.ModuleList([nn.Conv2d(2 * width, width, 1) for _ in range(depth)])
        self.dec = nn.ModuleList([ResConv(width) for _ in range(depth)])
        self.head = nn.Conv2d(width, in_ch, 3, padding=1)

    def forward(self, x):
        h = self.stem(x)
        skips = []
        for e in self.enc:
            h = e(h)
            skips.append(h)
            h = F.avg_pool2d(h, 2)
        h = self.mid(h)
        for fuse, dec in zip(self.fuse, self.dec):
            s = skips.pop(0)  # expect: R214
            h = F.interpolate(h, scale_factor=2, mode="nearest")
            # sizes can be off by one for odd tiles
            s = F.interpolate(s, size=h.shape[-2:], mode="bilinear", align_corners=False)
            h = dec(fuse(torch.cat([h, s], dim=1)))
        h = F.interpolate(h, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return x - self.head(h)
