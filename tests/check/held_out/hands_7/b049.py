# residua-test: right target=Vocoder
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedLayer(nn.Module):
    def __init__(self, res, skip, cond, kernel, dilation, last=False):
        super().__init__()
        self.pad = (kernel - 1) * dilation
        self.conv = nn.Conv1d(res, 2 * res, kernel, dilation=dilation)
        self.cond = nn.Conv1d(cond, 2 * res, 1, bias=False)
        self.skip = nn.Conv1d(res, skip, 1)
        self.out = None if last else nn.Conv1d(res, res, 1)

    def forward(self, x, c):
        h = self.conv(F.pad(x, (self.pad, 0))) + self.cond(c)
        a, b = h.split(h.size(1) // 2, dim=1)
        h = a.tanh() * b.sigmoid()
        s = self.skip(h)
        if self.out is None:
            return None, s
        return (x + self.out(h)) * math.sqrt(0.5), s


class Vocoder(nn.Module):
    """waveform x (B, 1, T) and upsampled features c (B, 20, T) -> mean and log-scale (B, 2, T)"""

    def __init__(self, cond=20, res=24, skip=24, layers=6, cycle=3, kernel=3):
        super().__init__()
        self.first = nn.Conv1d(1, res, 1)
        self.layers = nn.ModuleList([
            GatedLayer(res, skip, cond, kernel, 2 ** (i % cycle), last=(i == layers - 1)) for i in range(layers)])
        self.last = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, 2, 1))

    def forward(self, x, c):
        x = self.first(x)
        skips = None
        for f in self.layers:
            x, s = f(x, c)
            skips = s if skips is None else skips + s
        skips = skips * math.sqrt(1.0 / len(self.layers))
        return self.last(skips)
