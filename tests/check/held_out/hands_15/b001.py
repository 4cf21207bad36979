# residua-test: wrong target=DarknetMini
# What is wrong: the blocks add their input already and the stage adds it a second time
import torch
from torch import nn


class ConvBnLeaky(nn.Sequential):
    def __init__(self, cin, cout, k=3, s=1):
        super().__init__(
            nn.Conv2d(cin, cout, k, s, padding=k // 2, bias=False),
            nn.BatchNorm2d(cout),
            nn.LeakyReLU(0.1),
        )


class DarkResidual(nn.Module):
    """1x1 squeeze, 3x3 expand, plus the input."""

    def __init__(self, c):
        super().__init__()
        self.conv1 = ConvBnLeaky(c, c // 2, k=1)
        self.conv2 = ConvBnLeaky(c // 2, c, k=3)

    def forward(self, x):
        return x + self.conv2(self.conv1(x))


class DarknetMini(nn.Module):
    """Darknet-53 layout with fewer blocks; returns the three maps for the YOLO heads."""

    cfg = ((64, 1), (128, 2), (256, 2))

    def __init__(self, in_ch=3, stem=32):
        super().__init__()
        self.stem = ConvBnLeaky(in_ch, stem)
        self.downs = nn.ModuleList()
        self.stages = nn.ModuleList()
        c = stem
        for width, n in self.cfg:
            self.downs.append(ConvBnLeaky(c, width, s=2))
            self.stages.append(nn.ModuleList(DarkResidual(width) for _ in range(n)))
            c = width

    def forward(self, x):
        x = self.stem(x)
        maps = []
        for down, blocks in zip(self.downs, self.stages):
            x = down(x)
            for blk in blocks:
                x = x + blk(x)  # expect: R105
            maps.append(x)
        return maps
