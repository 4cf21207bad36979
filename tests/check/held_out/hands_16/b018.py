# residua-test: wrong target=ResUNet
# What is wrong: the decoder takes the encoder skips from the shallowest to the deepest (no reversal), so each level gets the wrong resolution and the output comes out at the size of the deepest skip.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.c2 = nn.Conv2d(ch, ch, 3, padding=1)
        self.n1 = nn.GroupNorm(4, ch)
        self.n2 = nn.GroupNorm(4, ch)

    def forward(self, x):
        h = self.c1(F.silu(self.n1(x)))
        h = self.c2(F.silu(self.n2(h)))
        return x + h


class ResUNet(nn.Module):
    """constant width U-Net for dense prediction (depth maps), additive skips, any input size"""

    def __init__(self, in_ch=3, out_ch=1, width=32, levels=3):
        super().__init__()
        self.inc = nn.Conv2d(in_ch, width, 3, padding=1)
        self.enc = nn.ModuleList([Res(width) for _ in range(levels)])
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, 2, 1) for _ in range(levels)])
        self.mid = Res(width)
        self.dec = nn.ModuleList([Res(width) for _ in range(levels)])
        self.outc = nn.Conv2d(width, out_ch, 1)

    def forward(self, x):
        x = self.inc(x)
        skips = []
        for enc, down in zip(self.enc, self.down):
            x = enc(x)
            skips.append(x)
            x = down(x)
        x = self.mid(x)
        for dec, skip in zip(self.dec, skips):  # expect: R214
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = dec(x + skip)
        return self.outc(x)
