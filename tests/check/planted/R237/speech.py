# residua-test: wrong target=SERes2Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class SERes2Block(nn.Module):
    """The block of ECAPA-TDNN, without its gate."""

    def __init__(self, channels, kernel_size=3, dilation=2, scale=4):
        super().__init__()
        self.width, self.scale = channels // scale, scale
        self.inp = nn.Conv1d(channels, channels, 1)
        self.bn1 = nn.BatchNorm1d(channels)
        self.convs = nn.ModuleList(
            nn.Conv1d(self.width, self.width, kernel_size, padding=dilation * (kernel_size // 2), dilation=dilation) for _ in range(scale - 1)
        )
        self.bns = nn.ModuleList(nn.BatchNorm1d(self.width) for _ in range(scale - 1))
        self.out = nn.Conv1d(channels, channels, 1)
        self.bn3 = nn.BatchNorm1d(channels)

    def forward(self, x):
        h = self.bn1(F.relu(self.inp(x)))
        pieces = torch.chunk(h, self.scale, dim=1)
        made = [pieces[0]]
        for conv, bn, piece in zip(self.convs, self.bns, pieces[1:]):
            made.append(bn(F.relu(conv(piece))))  # expect: R237
        return x + self.bn3(F.relu(self.out(torch.cat(made, dim=1))))
