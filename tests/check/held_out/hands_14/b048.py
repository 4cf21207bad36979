# residua-test: wrong target=SeparatorTCN
# What is wrong: The learnable layer scale is a plain tensor, neither a Parameter nor a buffer: it never trains (the branches stay at 1e-4), is not saved and does not move to the GPU.
import torch
from torch import nn


class DepthwiseBlock(nn.Module):
    """Conv-TasNet style 1-d block with a learnable layer scale (small at the start)."""

    def __init__(self, channels, hidden, kernel=3, dilation=1, init_scale=1e-4):
        super().__init__()
        self.inp = nn.Sequential(nn.Conv1d(channels, hidden, 1), nn.PReLU(), nn.GroupNorm(1, hidden))
        self.dconv = nn.Sequential(
            nn.Conv1d(hidden, hidden, kernel, padding=dilation * (kernel - 1) // 2,
                      dilation=dilation, groups=hidden),
            nn.PReLU(),
            nn.GroupNorm(1, hidden),
        )
        self.outp = nn.Conv1d(hidden, channels, 1)
        self.scale = torch.full((channels, 1), init_scale, requires_grad=True)  # expect: R168

    def forward(self, x):
        y = self.outp(self.dconv(self.inp(x)))
        return x + self.scale * y


class SeparatorTCN(nn.Module):
    """Mask estimator: encoder features in, one mask per speaker out."""

    def __init__(self, feats=64, hidden=128, blocks=4, repeats=2, speakers=2):
        super().__init__()
        self.speakers = speakers
        self.norm = nn.GroupNorm(1, feats)
        self.tcn = nn.Sequential(*[
            DepthwiseBlock(feats, hidden, dilation=2 ** b)
            for _ in range(repeats) for b in range(blocks)
        ])
        self.mask = nn.Conv1d(feats, feats * speakers, 1)

    def forward(self, w):
        m = self.mask(self.tcn(self.norm(w)))
        m = torch.sigmoid(m).view(w.size(0), self.speakers, w.size(1), w.size(2))
        return m * w.unsqueeze(1)
