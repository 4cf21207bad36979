# residua-test: right target=WaveNetStack
import math

import torch
from torch import nn
from torch.nn import functional as F


class GatedResidual(nn.Module):
    def __init__(self, channels, skip_channels, kernel_size, dilation, gin_channels, last=False):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        # tanh and sigmoid halves in one conv
        self.conv = nn.Conv1d(channels, 2 * channels, kernel_size, dilation=dilation)
        self.cond = nn.Linear(gin_channels, 2 * channels, bias=False)
        self.conv1x1_out = None if last else nn.Conv1d(channels, channels, 1)
        self.conv1x1_skip = nn.Conv1d(channels, skip_channels, 1)

    def forward(self, x, g):
        h = self.conv(F.pad(x, (self.pad, 0))) + self.cond(g).unsqueeze(-1)
        a, b = h.chunk(2, dim=1)
        z = torch.tanh(a) * torch.sigmoid(b)
        s = self.conv1x1_skip(z)
        if self.conv1x1_out is None:
            return None, s
        return (x + self.conv1x1_out(z)) * math.sqrt(0.5), s


class WaveNetStack(nn.Module):
    def __init__(self, channels, skip_channels, layers, gin_channels, kernel_size=3, cycle=3):
        super().__init__()
        self.layers = nn.ModuleList([
            GatedResidual(channels, skip_channels, kernel_size, 2 ** (i % cycle), gin_channels, last=i == layers - 1)
            for i in range(layers)
        ])

    def forward(self, x, g):
        skips = 0
        for layer in self.layers:
            x, s = layer(x, g)
            skips = skips + s
        return skips * math.sqrt(1.0 / len(self.layers))
