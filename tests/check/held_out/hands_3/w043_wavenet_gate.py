# residua-test: wrong target=WaveNet
# What is wrong: tanh and sigmoid both use filter_conv; gate_conv is never used
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedResidual(nn.Module):
    def __init__(self, res_ch, skip_ch, dilation, last=False):
        super().__init__()
        self.pad = dilation
        self.filter_conv = nn.Conv1d(res_ch, res_ch, 2, dilation=dilation)
        self.gate_conv = nn.Conv1d(res_ch, res_ch, 2, dilation=dilation)  # expect
        self.res = None if last else nn.Conv1d(res_ch, res_ch, 1)
        self.skip = nn.Conv1d(res_ch, skip_ch, 1)

    def forward(self, x):
        h = F.pad(x, (self.pad, 0))
        z = torch.tanh(self.filter_conv(h)) * torch.sigmoid(self.filter_conv(h))  # expect: R121
        out = x if self.res is None else x + self.res(z)
        return out, self.skip(z)


class WaveNet(nn.Module):
    def __init__(self, in_ch, res_ch=32, skip_ch=64, stacks=2, layers=5):
        super().__init__()
        self.start = nn.Conv1d(in_ch, res_ch, 1)
        dil = [2 ** i for _ in range(stacks) for i in range(layers)]
        self.layers = nn.ModuleList(
            GatedResidual(res_ch, skip_ch, d, last=(k == len(dil) - 1)) for k, d in enumerate(dil))
        self.end1 = nn.Conv1d(skip_ch, skip_ch, 1)
        self.end2 = nn.Conv1d(skip_ch, in_ch, 1)

    def forward(self, x):
        x = self.start(x)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.end2(F.relu(self.end1(F.relu(total))))
