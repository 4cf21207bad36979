# residua-test: right target=DeblurNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ChanNorm(nn.Module):
    """layer norm over the channels of every pixel"""

    def __init__(self, c):
        super().__init__()
        self.ln = nn.LayerNorm(c, eps=1e-6)

    def forward(self, x):
        return self.ln(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def halves(x):
    a, b = x.chunk(2, dim=1)
    return a * b


class GateBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.n1, self.n2 = ChanNorm(c), ChanNorm(c)
        self.mix = nn.Sequential(nn.Conv2d(c, 2 * c, 1), nn.Conv2d(2 * c, 2 * c, 3, padding=1, groups=2 * c))
        # channel attention without sigmoid
        self.ca = nn.Conv2d(c, c, 1)
        self.proj = nn.Conv2d(c, c, 1)
        self.ff_in, self.ff_out = nn.Conv2d(c, 2 * c, 1), nn.Conv2d(c, c, 1)
        self.s1 = nn.Parameter(torch.zeros(c, 1, 1))
        self.s2 = nn.Parameter(torch.zeros(c, 1, 1))

    def forward(self, x):
        h = halves(self.mix(self.n1(x)))
        h = h * self.ca(h.mean((2, 3), keepdim=True))
        x = x + self.s1 * self.proj(h)
        return x + self.s2 * self.ff_out(halves(self.ff_in(self.n2(x))))


class DeblurNet(nn.Module):
    def __init__(self, width=16, enc=(1, 1), mid=1):
        super().__init__()
        self.m = 2 ** len(enc)
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.last = nn.Conv2d(width, 3, 3, padding=1)
        self.enc, self.down, self.up, self.dec = (nn.ModuleList() for _ in range(4))
        c = width
        for n in enc:
            self.enc.append(nn.Sequential(*[GateBlock(c) for _ in range(n)]))
            self.down.append(nn.Conv2d(c, 2 * c, 2, 2))
            self.up.append(nn.Sequential(nn.Conv2d(2 * c, 4 * c, 1, bias=False), nn.PixelShuffle(2)))
            self.dec.append(GateBlock(c))
            c *= 2
        self.mid = nn.Sequential(*[GateBlock(c) for _ in range(mid)])

    def forward(self, img):
        H, W = img.shape[-2:]
        x = F.pad(img, (0, -W % self.m, 0, -H % self.m))
        h = self.first(x)
        kept = []
        for e, d in zip(self.enc, self.down):
            h = e(h)
            kept.append(h)
            h = d(h)
        h = self.mid(h)
        for i in range(len(kept) - 1, -1, -1):
            h = self.dec[i](self.up[i](h) + kept[i])
        return (self.last(h) + x)[..., :H, :W]
