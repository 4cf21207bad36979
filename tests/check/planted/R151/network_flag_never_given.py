# residua-test: wrong target=Tagger right=networks/flag_given
import torch
from torch import nn


class GatedConv(nn.Module):
    def __init__(self, dim, shortcut=False):
        super().__init__()
        self.conv = nn.Conv1d(dim, 2 * dim, 3, padding=1)
        self.add = shortcut

    def forward(self, x):
        value, gate = self.conv(x).chunk(2, 1)
        out = value * torch.sigmoid(gate)
        return x + out if self.add else out


class Tagger(nn.Module):
    def __init__(self, num_classes=7, dim=32, depth=4):
        super().__init__()
        self.enter = nn.Conv1d(12, dim, 1)
        self.body = nn.Sequential(*[GatedConv(dim) for _ in range(depth)])  # expect: R151
        self.leave = nn.Conv1d(dim, num_classes, 1)

    def forward(self, x):
        return self.leave(self.body(self.enter(x)))
