# residua-test: wrong target=ResUNet
# What is wrong: The decoder walks through the encoder features from the finest to the coarsest (not reversed), so the levels are paired wrongly and the result ends at the coarsest resolution.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout),
        )
        self.s = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        return F.relu(self.f(x) + self.s(x))


class ResUNet(nn.Module):
    """Constant-width residual U-Net for cell segmentation."""

    def __init__(self, in_channels=1, num_classes=2, width=24, depth=3):
        super().__init__()
        self.stem = Res(in_channels, width)
        self.down = nn.ModuleList([Res(width, width) for _ in range(depth)])
        self.mid = Res(width, width)
        self.up = nn.ModuleList([Res(2 * width, width) for _ in range(depth)])
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, img):
        x = self.stem(img)
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.mid(x)
        for block, skip in zip(self.up, skips):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([x, skip], dim=1))
        return F.interpolate(self.head(x), size=img.shape[-2:], mode="bilinear", align_corners=False)
