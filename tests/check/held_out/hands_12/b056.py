# residua-test: wrong target=TinyResUNet
# What is wrong: the decoder walks the skips in encoder order (shallow first) instead of reversed, so every level gets the wrong feature map
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(
            nn.GroupNorm(4, c), nn.SiLU(), nn.Conv2d(c, c, 3, padding=1),
            nn.GroupNorm(4, c), nn.SiLU(), nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x):
        return x + self.f(x)


class TinyResUNet(nn.Module):
    """
    Small residual U-Net, same width on all levels, skips are added (not concatenated).
    The decoder climbs from the deepest level back to full resolution, one skip per level.
    Any image size.
    """

    def __init__(self, in_ch=3, n_classes=2, width=24, levels=3):
        super().__init__()
        self.stem = nn.Conv2d(in_ch, width, 3, padding=1)
        self.enc = nn.ModuleList([Res(width) for _ in range(levels)])
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, stride=2, padding=1) for _ in range(levels)])
        self.mid = Res(width)
        self.dec = nn.ModuleList([Res(width) for _ in range(levels)])
        self.head = nn.Conv2d(width, n_classes, 1)

    def forward(self, x):
        size = x.shape[-2:]
        h = self.stem(x)
        skips = []
        for enc, down in zip(self.enc, self.down):
            h = enc(h)
            skips.append(h)
            h = down(h)
        h = self.mid(h)
        for dec, skip in zip(self.dec, skips):  # expect: R214
            h = F.interpolate(h, size=skip.shape[-2:], mode='nearest')
            h = dec(h + skip)
        h = self.head(h)
        if h.shape[-2:] != size:
            h = F.interpolate(h, size=size, mode='bilinear', align_corners=False)
        return h
