# residua-test: wrong target=GatedResidual
# What is wrong: the two 1x1 outputs are swapped: the skip projection is added to x (crash when skip_ch != res_ch)
from torch import nn
import torch


class GatedResidual(nn.Module):
    """One dilated causal layer, returns (residual, skip)."""

    def __init__(self, res_ch, skip_ch, dilation=1):
        super().__init__()
        self.dilation = dilation
        self.dil = nn.Conv1d(res_ch, 2 * res_ch, 2, dilation=dilation)
        self.to_res = nn.Conv1d(res_ch, res_ch, 1)
        self.to_skip = nn.Conv1d(res_ch, skip_ch, 1)

    def forward(self, x):
        h = nn.functional.pad(x, [self.dilation, 0])
        a, b = self.dil(h).chunk(2, dim=1)
        z = a.tanh() * b.sigmoid()
        out = x + self.to_skip(z)  # expect: R114
        return out, self.to_res(z)  # expect
