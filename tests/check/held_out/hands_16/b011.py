# residua-test: right target=ResLinkNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def cbr(i, o, s=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Enc(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a = cbr(i, o, 2)
        self.b = nn.Sequential(nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        self.s = nn.Conv2d(i, o, 1, 2)

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.s(x))


class Dec(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.squeeze = cbr(i, o)
        self.refine = cbr(o, o)

    def forward(self, x, skip):
        x = self.squeeze(x)
        x = F.interpolate(x, size=skip.shape[2:], mode='nearest')
        return self.refine(x + skip)


class ResLinkNet(nn.Module):
    def __init__(self, in_ch=3, n_classes=2, w=32, depth=3):
        super().__init__()
        ws = [w * 2 ** i for i in range(depth + 1)]
        self.stem = cbr(in_ch, w)
        self.enc = nn.ModuleList([Enc(a, b) for a, b in zip(ws, ws[1:])])
        self.dec = nn.ModuleList([Dec(b, a) for a, b in zip(ws, ws[1:])][::-1])
        self.out = nn.Conv2d(w, n_classes, 1)

    def forward(self, x):
        feats = [self.stem(x)]
        for e in self.enc:
            feats.append(e(feats[-1]))
        y = feats.pop()
        for d in self.dec:
            y = d(y, feats.pop())
        return self.out(y)
