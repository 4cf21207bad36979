# residua-test: wrong target=EnhanceNet
# What is wrong: nn.LSTM returns (output, state); the tuple goes into the projection, which raises an exception.
import torch
import torch.nn as nn


class RecurrentResidual(nn.Module):
    """BLSTM over time with a projection back to the feature size."""

    def __init__(self, feat, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(feat)
        self.blstm = nn.LSTM(feat, hidden, batch_first=True, bidirectional=True)
        self.proj = nn.Linear(2 * hidden, feat)

    def forward(self, x):
        y = self.blstm(self.norm(x))  # expect: R161
        return x + self.proj(y)


class EnhanceNet(nn.Module):
    # mask estimator for single channel speech enhancement, input (B, frames, bins)
    def __init__(self, bins=129, feat=64, hidden=48, depth=2):
        super().__init__()
        self.inp = nn.Linear(bins, feat)
        self.blocks = nn.ModuleList([RecurrentResidual(feat, hidden) for _ in range(depth)])
        self.mask = nn.Sequential(nn.Linear(feat, bins), nn.Sigmoid())

    def forward(self, mag):
        h = self.inp(torch.log1p(mag.abs()))
        for blk in self.blocks:
            h = blk(h)
        return self.mask(h) * mag
