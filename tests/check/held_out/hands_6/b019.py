# residua-test: wrong target=FlatUNet
# What is wrong: The decoder takes the encoder features from the front of the list (pop(0)) instead of the back, so the coarsest features are paired with the finest skip and the output is computed at a quarter of the resolution.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = nn.Conv2d(c, c, 3, padding=1)
        self.n = nn.GroupNorm(4, c)
        self.b = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return x + self.b(F.silu(self.n(self.a(x))))


class FlatUNet(nn.Module):
    """U-Net with the same width on all levels, any input size (the decoder resizes to the skip)"""

    def __init__(self, in_ch=3, out_ch=1, width=24, levels=3):
        super().__init__()
        self.inp = nn.Conv2d(in_ch, width, 3, padding=1)
        self.enc = nn.ModuleList([Res(width) for _ in range(levels)])
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, stride=2, padding=1) for _ in range(levels)])
        self.mid = Res(width)
        self.fuse = nn.ModuleList([nn.Conv2d(2 * width, width, 1) for _ in range(levels)])
        self.dec = nn.ModuleList([Res(width) for _ in range(levels)])
        self.out = nn.Conv2d(width, out_ch, 1)

    def forward(self, x):
        size = x.shape[-2:]
        x = self.inp(x)
        skips = []
        for res, down in zip(self.enc, self.down):
            x = res(x)
            skips.append(x)
            x = down(x)
        x = self.mid(x)
        for fuse, res in zip(self.fuse, self.dec):
            skip = skips.pop(0)  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode='bilinear', align_corners=False)
            x = res(fuse(torch.cat([x, skip], dim=1)))
        return F.interpolate(self.out(x), size=size, mode='bilinear', align_corners=False)
