# residua-test: right target=WaveNetStack
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNetStack(nn.Module):
    def __init__(self, residual=16, skip=24, layers=6, bins=32):
        super().__init__()
        self.inp = nn.Conv1d(1, residual, 1)
        self.dil = [2 ** i for i in range(layers)]
        self.gates = nn.ModuleList([nn.Conv1d(residual, 2 * residual, 2, dilation=d) for d in self.dil])
        self.skips = nn.ModuleList([nn.Conv1d(residual, skip, 1) for _ in self.dil])
        self.res = nn.ModuleList([nn.Conv1d(residual, residual, 1) for _ in self.dil[:-1]])
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, bins, 1))

    def forward(self, wav):
        h = self.inp(wav)
        total = 0
        for i, d in enumerate(self.dil):
            a, b = self.gates[i](F.pad(h, (d, 0))).chunk(2, dim=1)
            z = torch.tanh(a) * torch.sigmoid(b)
            total = total + self.skips[i](z)
            if i < len(self.res):
                h = (h + self.res[i](z)) * 0.7071
        return self.post(total)
