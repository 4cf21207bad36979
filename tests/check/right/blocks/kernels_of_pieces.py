# residua-test: right target=Res2Mix
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res2Mix(nn.Module):
    """Kernels of several sizes, one for each piece (Tan 2019, MixConv)."""

    def __init__(self, channels, kernels=(3, 5, 7)):
        super().__init__()
        self.width = channels // (len(kernels) + 1)
        self.convs = nn.ModuleList([nn.Conv2d(self.width, self.width, k, padding=k // 2) for k in kernels])
        self.norm = nn.BatchNorm2d(channels)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        pieces = x.split(self.width, 1)
        h = [conv(piece) for conv, piece in zip(self.convs, pieces)]
        return x + self.mix(F.relu(self.norm(torch.cat([*h, *pieces[len(h):]], 1))))
