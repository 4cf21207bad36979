# residua-test: wrong target=SegNet
# What is wrong: the decoder takes the saved features from the first (largest) instead of from the last, so each up step is fused with the wrong level and the result ends at the lowest saved resolution
import torch
from torch import nn
from torch.nn import functional as F


class ResConv(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1), nn.InstanceNorm2d(ch, affine=True), nn.LeakyReLU(0.01),
            nn.Conv2d(ch, ch, 3, padding=1), nn.InstanceNorm2d(ch, affine=True),
        )

    def forward(self, x):
        return F.leaky_relu(x + self.body(x), 0.01)


class SegNet(nn.Module):
    """constant width residual U-Net, mask has the size of the image"""

    def __init__(self, in_ch=1, n_class=2, width=16, depth=3):
        super().__init__()
        self.depth = depth
        self.stem = nn.Conv2d(in_ch, width, 3, padding=1)
        self.enc = nn.ModuleList([ResConv(width) for _ in range(depth)])
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, stride=2, padding=1) for _ in range(depth)])
        self.mid = ResConv(width)
        self.dec = nn.ModuleList([ResConv(width) for _ in range(depth)])
        self.head = nn.Conv2d(width, n_class, 1)

    def forward(self, x):
        x = self.stem(x)
        skips = []
        for enc, down in zip(self.enc, self.down):
            x = enc(x)
            skips.append(x)
            x = down(x)
        x = self.mid(x)
        for dec, skip in zip(self.dec, skips):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode='bilinear', align_corners=False)
            x = dec(x + skip)
        return self.head(x)
