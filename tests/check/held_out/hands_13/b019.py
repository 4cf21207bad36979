# residua-test: wrong target=ConstantWidthUNet
# What is wrong: The skips are used in encoder order instead of reversed: the bottleneck is merged with the full resolution first and the last level is the coarsest.
import torch
import torch.nn as nn
import torch.nn.functional as F


class CBR(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
        )


class ResStep(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(CBR(c, c), nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return F.relu(x + self.f(x))


class ConstantWidthUNet(nn.Module):
    """Residual U-Net with the same width on all levels, each decoder level gets the encoder map
    of its own resolution. Odd sizes allowed, up-sampling goes to the size of the skip."""

    def __init__(self, in_chans: int = 1, out_chans: int = 1, chans: int = 24, levels: int = 3):
        super().__init__()
        self.stem = CBR(in_chans, chans)
        self.encoder = nn.ModuleList([ResStep(chans) for _ in range(levels)])
        self.bottleneck = ResStep(chans)
        self.merge = nn.ModuleList([CBR(2 * chans, chans) for _ in range(levels)])
        self.decoder = nn.ModuleList([ResStep(chans) for _ in range(levels)])
        self.last = nn.Conv2d(chans, out_chans, 1)

    def forward(self, image):
        size = image.shape[-2:]
        x = self.stem(image)
        skips = []
        for enc in self.encoder:
            x = enc(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)

        x = self.bottleneck(x)

        for skip, merge, dec in zip(skips, self.merge, self.decoder):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = dec(merge(torch.cat([x, skip], dim=1)))

        x = self.last(x)
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)
