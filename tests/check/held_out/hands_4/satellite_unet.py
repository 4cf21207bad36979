# residua-test: wrong target=ResUNet
# What is wrong: The decoder walks the skip list in encoder order; interpolation to the skip's size and the constant width hide it, so the deepest features are joined with the shallowest skip first
"""Cloud segmentation for Sentinel-2 tiles. Constant width, residual blocks, additive skips."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.net = nn.Sequential(
            nn.GroupNorm(8, ch), nn.SiLU(), nn.Conv2d(ch, ch, 3, padding=1),
            nn.GroupNorm(8, ch), nn.SiLU(), nn.Conv2d(ch, ch, 3, padding=1))

    def forward(self, x):
        return x + self.net(x)


class ResUNet(nn.Module):
    def __init__(self, in_bands: int = 13, n_classes: int = 4, width: int = 64, levels: int = 4):
        super().__init__()
        self.stem = nn.Conv2d(in_bands, width, 3, padding=1)
        self.enc = nn.ModuleList([ResBlock(width) for _ in range(levels)])
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, stride=2, padding=1) for _ in range(levels)])
        self.mid = ResBlock(width)
        self.dec = nn.ModuleList([ResBlock(width) for _ in range(levels)])
        self.head = nn.Conv2d(width, n_classes, 1)

    def forward(self, x):
        size = x.shape[-2:]
        x = self.stem(x)
        skips = []
        for block, down in zip(self.enc, self.down):
            x = block(x)
            skips.append(x)
            x = down(x)

        x = self.mid(x)

        for block, skip in zip(self.dec, skips):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)  # expect
            x = block(x + skip)  # expect

        x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        return self.head(x)
