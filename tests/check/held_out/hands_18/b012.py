# residua-test: right target=PyramidNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, ci, co, s):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(ci, co, 3, s, 1), nn.Conv2d(co, co, 3, 1, 1)
        self.g1, self.g2 = nn.GroupNorm(8, co), nn.GroupNorm(8, co)
        self.p = nn.Conv2d(ci, co, 1, s)

    def forward(self, x):
        h = F.relu(self.g1(self.c1(x)))
        return F.relu(self.g2(self.c2(h)) + self.p(x))


class PyramidNet(nn.Module):
    def __init__(self, dims=(16, 32, 64), d=32):
        super().__init__()
        ins = (3,) + tuple(dims[:-1])
        self.down = nn.ModuleList([Res(a, b, 2) for a, b in zip(ins, dims)])
        self.lat = nn.ModuleList([nn.Conv2d(c, d, 1) for c in dims])
        self.smooth = nn.ModuleList([nn.Conv2d(d, d, 3, 1, 1) for _ in dims])
        self.extra = nn.Conv2d(dims[-1], d, 3, 2, 1)

    @staticmethod
    def _upsample_add(x, y):
        # odd sizes: take the size of the finer map instead of scale 2
        return F.interpolate(x, size=y.shape[-2:], mode='nearest') + y

    def forward(self, x):
        cs = []
        for m in self.down:
            x = m(x)
            cs.append(x)
        p = self.lat[-1](cs[-1])
        outs = [p]
        for c, l in zip(cs[-2::-1], list(self.lat)[-2::-1]):
            p = self._upsample_add(p, l(c))
            outs.insert(0, p)
        outs = [s(o) for s, o in zip(self.smooth, outs)]
        outs.append(self.extra(cs[-1]))
        return outs
