# residua-test: wrong target=CodecStage
import torch
from torch import nn
import torch.nn.functional as F



class ResidualUnit(nn.Module):
    def __init__(self, dim, dilation):
        super().__init__()
        self.block = nn.Sequential(nn.ELU(), nn.Conv1d(dim, dim, 7, padding=3 * dilation, dilation=dilation), nn.ELU(), nn.Conv1d(dim, dim, 1))

    def forward(self, x):
        return x + self.block(x)


class CodecStage(nn.Module):
    """three residual units, each around the one before"""

    def __init__(self, dim=32):
        super().__init__()
        self.units = nn.ModuleList([ResidualUnit(dim, d) for d in (1, 3, 9)])

    def forward(self, x):
        for unit in self.units:
            y = unit(x)  # expect: R103
        return y
