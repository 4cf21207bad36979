# residua-test: right target=DilatedStack
import math
import torch
from torch import nn
from torch.nn import functional as F


class GatedLayer(nn.Module):
    def __init__(self, res, gate, skip, cond, dilation, is_last):
        super().__init__()
        self.d = dilation
        self.conv = nn.Conv1d(res, gate, 3, dilation=dilation)
        self.cond = nn.Conv1d(cond, gate, 1, bias=False)
        self.to_skip = nn.Conv1d(gate // 2, skip, 1)
        self.to_res = None if is_last else nn.Conv1d(gate // 2, res, 1)

    def forward(self, x, c):
        h = self.conv(F.pad(x, (2 * self.d, 0))) + self.cond(c)
        a, b = h.split(h.size(1) // 2, dim=1)
        h = torch.tanh(a) * torch.sigmoid(b)
        s = self.to_skip(h)
        if self.to_res is None:
            return None, s
        return (x + self.to_res(h)) * math.sqrt(0.5), s


class DilatedStack(nn.Module):
    def __init__(self, out_channels=30, layers=6, stacks=2, res=16, gate=32, skip=16, cond=20):
        super().__init__()
        per = layers // stacks
        self.first = nn.Conv1d(1, res, 1)
        self.layers = nn.ModuleList([
            GatedLayer(res, gate, skip, cond, 2 ** (i % per), i == layers - 1) for i in range(layers)])
        self.last = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, out_channels, 1))

    def forward(self, x, c):
        x = self.first(x)
        skips = None
        for f in self.layers:
            x, s = f(x, c)
            skips = s if skips is None else (skips + s)
        skips = skips * math.sqrt(1.0 / len(self.layers))
        return self.last(skips)
