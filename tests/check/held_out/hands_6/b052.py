# residua-test: right target=WaveNetStack
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedUnit(nn.Module):
    def __init__(self, ch, skip_ch, k, dilation, last=False):
        super().__init__()
        self.pad = (k - 1) * dilation
        self.conv = nn.Conv1d(ch, 2 * ch, k, dilation=dilation)
        self.skip = nn.Conv1d(ch, skip_ch, 1)
        self.res = None if last else nn.Conv1d(ch, ch, 1)

    def forward(self, x):
        a, b = self.conv(F.pad(x, (self.pad, 0))).chunk(2, 1)
        z = torch.tanh(a) * torch.sigmoid(b)
        s = self.skip(z)
        if self.res is None:
            return None, s
        return x + self.res(z), s


class WaveNetStack(nn.Module):
    def __init__(self, in_ch=1, ch=16, skip_ch=24, out_ch=1, k=2, n=5):
        super().__init__()
        self.first = nn.Conv1d(in_ch, ch, 1)
        self.units = nn.ModuleList(
            GatedUnit(ch, skip_ch, k, 2 ** i, last=(i == n - 1)) for i in range(n))
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(skip_ch, skip_ch, 1), nn.ReLU(), nn.Conv1d(skip_ch, out_ch, 1))

    def forward(self, x):
        x = self.first(x)
        total = 0
        for unit in self.units:
            x, s = unit(x)
            total = total + s
        return self.post(total * (len(self.units) ** -0.5))
