# residua-test: wrong target=FPN
# What is wrong: The top-down sum for P3 upsamples p5 and not p4, so the path skips level 4: C4's lateral features never reach P3.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, c1, c2, s=1):
        super().__init__()
        self.a = nn.Conv2d(c1, c2, 3, s, 1, bias=False)
        self.abn = nn.BatchNorm2d(c2)
        self.b = nn.Conv2d(c2, c2, 3, 1, 1, bias=False)
        self.bbn = nn.BatchNorm2d(c2)
        self.sc = nn.Sequential(nn.Conv2d(c1, c2, 1, s, bias=False), nn.BatchNorm2d(c2)) if s > 1 or c1 != c2 else nn.Sequential()

    def forward(self, x):
        y = F.relu(self.abn(self.a(x)))
        return F.relu(self.bbn(self.b(y)) + self.sc(x))


class FPN(nn.Module):
    def __init__(self, widths=(32, 64, 128, 256), out=64):
        super().__init__()
        w = widths
        self.c2 = nn.Sequential(nn.Conv2d(3, w[0], 7, 2, 3, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU(), Res(w[0], w[0]))
        self.c3, self.c4, self.c5 = Res(w[0], w[1], 2), Res(w[1], w[2], 2), Res(w[2], w[3], 2)

        self.toplayer = nn.Conv2d(w[3], out, 1)  # Reduce channels
        self.latlayer4 = nn.Conv2d(w[2], out, 1)
        self.latlayer3 = nn.Conv2d(w[1], out, 1)
        self.latlayer2 = nn.Conv2d(w[0], out, 1)

        self.smooth = nn.ModuleList([nn.Conv2d(out, out, 3, padding=1) for _ in range(3)])

    def _upsample_add(self, x, y):
        return F.interpolate(x, size=y.shape[-2:], mode='bilinear', align_corners=False) + y

    def forward(self, x):
        # Bottom-up
        c2 = self.c2(x)
        c3 = self.c3(c2)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        # Top-down
        p5 = self.toplayer(c5)
        p4 = self._upsample_add(p5, self.latlayer4(c4))
        p3 = self._upsample_add(p5, self.latlayer3(c3))  # expect
        p2 = self._upsample_add(p3, self.latlayer2(c2))
        # Smooth
        return self.smooth[0](p2), self.smooth[1](p3), self.smooth[2](p4), p5
