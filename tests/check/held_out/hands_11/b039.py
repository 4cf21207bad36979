# residua-test: right target=ResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def pad_to(x, stride):
    h, w = x.shape[-2:]
    dh, dw = (-h) % stride, (-w) % stride
    pads = (dw // 2, dw - dw // 2, dh // 2, dh - dh // 2)
    return F.pad(x, pads), pads


def unpad(x, pads):
    l, r, t, b = pads
    h, w = x.shape[-2:]
    return x[..., t:h - b, l:w - r]


class DoubleRes(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a = nn.Conv2d(i, o, 3, 1, 1, bias=False)
        self.na = nn.GroupNorm(4, o)
        self.b = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.nb = nn.GroupNorm(4, o)
        self.s = nn.Conv2d(i, o, 1, bias=False)
        nn.init.dirac_(self.s.weight)

    def forward(self, x):
        r = F.leaky_relu(self.na(self.a(x)), 0.01)
        r = self.nb(self.b(r))
        return F.leaky_relu(r + self.s(x), 0.01)


class ResUNet(nn.Module):
    def __init__(self, in_ch, classes, base=12, depth=3):
        super().__init__()
        ch = [base * 2 ** k for k in range(depth + 1)]
        self.enc = nn.ModuleList(DoubleRes(a, b) for a, b in zip([in_ch] + ch[:-2], ch[:-1]))
        self.pool = nn.MaxPool2d(2)
        self.bottom = DoubleRes(ch[-2], ch[-1])
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, 2) for a, b in zip(ch[:0:-1], ch[-2::-1]))
        self.dec = nn.ModuleList(DoubleRes(2 * b, b) for b in ch[-2::-1])
        self.out = nn.Conv2d(base, classes, 1)
        self.stride = 2 ** depth

    def forward(self, x):
        x, pads = pad_to(x, self.stride)
        keep = []
        for e in self.enc:
            x = e(x)
            keep.append(x)
            x = self.pool(x)
        x = self.bottom(x)
        for u, d in zip(self.up, self.dec):
            x = d(torch.cat((u(x), keep.pop()), 1))
        return unpad(self.out(x), pads)
