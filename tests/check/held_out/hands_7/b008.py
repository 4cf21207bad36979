# residua-test: right target=SegNetRes
import torch
import torch.nn as nn
import torch.nn.functional as F


def unit(a, b, stride=1, start=False):
    """branch of a residual unit; the very first one must not normalise the image"""
    pre = [] if start else [nn.BatchNorm2d(a), nn.ReLU()]
    return nn.Sequential(*pre, nn.Conv2d(a, b, 3, stride, 1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, 1, 1))


class Res(nn.Module):
    def __init__(self, a, b, stride=1, start=False):
        super().__init__()
        self.branch = unit(a, b, stride, start)
        self.line = nn.Conv2d(a, b, 1, stride)

    def forward(self, x):
        return self.branch(x) + self.line(x)


def fit(x, like):
    dh = like.shape[-2] - x.shape[-2]
    dw = like.shape[-1] - x.shape[-1]
    # a negative number cuts
    return F.pad(x, (0, dw, 0, dh))


class SegNetRes(nn.Module):
    def __init__(self, cin=1, f=(16, 32, 48, 64), classes=1):
        super().__init__()
        self.down = nn.ModuleList([Res(cin, f[0], start=True)] + [Res(a, b, 2) for a, b in zip(f, f[1:])])
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, b, 2, 2) for b in f[:0:-1])
        self.merge = nn.ModuleList(Res(a + b, a) for a, b in zip(f[-2::-1], f[:0:-1]))
        self.logits = nn.Conv2d(f[0], classes, 1)

    def forward(self, x):
        kept = []
        for d in self.down:
            x = d(x)
            kept.append(x)
        kept.pop()
        for u, m in zip(self.up, self.merge):
            s = kept.pop()
            x = m(torch.cat((s, fit(u(x), s)), 1))
        return self.logits(x)
