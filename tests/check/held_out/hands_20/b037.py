# residua-test: wrong target=GatedResidual
# What is wrong: The gate half is split off but never used: tanh and sigmoid both see the filter half.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedResidual(nn.Module):
    """Gated activation unit with residual and skip output for a vocoder,
    x: (B, C, T), c: local conditioning (B, aux, T)."""

    def __init__(self, channels=32, skip_channels=32, aux=16, kernel=3, dilation=2):
        super().__init__()
        self.left = (kernel - 1) * dilation
        self.conv = nn.Conv1d(channels, 2 * channels, kernel, dilation=dilation)
        self.cond = nn.Conv1d(aux, 2 * channels, 1, bias=False)
        self.res = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, skip_channels, 1)

    def forward(self, x, c):
        h = self.conv(F.pad(x, (self.left, 0))) + self.cond(c)
        filt, gate = h.chunk(2, dim=1)
        h = torch.tanh(filt) * torch.sigmoid(filt)  # expect: R174
        return x + self.res(h), self.skip(h)
