# residua-test: wrong target=StreetSeg
# What is wrong: In Refine.forward the lines that gave r its first value are commented out; conv_a reads r before it exists: UnboundLocalError.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Big(nn.Module):
    """large kernel in two separable ways"""

    def __init__(self, i, o, k=7):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(i, o, (k, 1), padding=(k // 2, 0)), nn.Conv2d(o, o, (1, k), padding=(0, k // 2)))
        self.two = nn.Sequential(nn.Conv2d(i, o, (1, k), padding=(0, k // 2)), nn.Conv2d(o, o, (k, 1), padding=(k // 2, 0)))

    def forward(self, x):
        return self.one(x) + self.two(x)


class Refine(nn.Module):
    """residual boundary refinement on the score map"""

    def __init__(self, n):
        super().__init__()
        self.act = nn.ReLU()
        self.conv_a = nn.Conv2d(n, n, 3, padding=1)
        self.conv_b = nn.Conv2d(n, n, 3, padding=1)

    def forward(self, x):
        # norm did not help on the 21 class scores
        # r = self.norm(x)
        # r = self.act(r)
        r = self.conv_a(r)  # expect: R161
        r = self.act(r)
        r = self.conv_b(r)
        return x + r


class StreetSeg(nn.Module):
    def __init__(self, n=4, c=16):
        super().__init__()
        step = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        self.e1, self.e2 = step(3, c), step(c, 2 * c)
        self.g1, self.g2 = Big(c, n), Big(2 * c, n)
        self.r1, self.r2, self.r3 = Refine(n), Refine(n), Refine(n)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(a)
        low = self.r2(self.g2(b))
        high = self.r1(self.g1(a))
        high = high + F.interpolate(low, size=high.shape[2:], mode='bilinear', align_corners=False)
        return F.interpolate(self.r3(high), size=x.shape[2:], mode='bilinear', align_corners=False)
