# residua-test: wrong target=WaveNetLayer
# What is wrong: tanh and sigmoid both take the first half; the gate's half of the dilated conv is never used
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNetLayer(nn.Module):
    """ One dilated layer: filter and gate from one conv with 2 * gate_channels outputs.
    Returns (residual output, skip output). """

    def __init__(self, residual_channels, gate_channels, skip_channels, dilation, kernel_size=2):
        super(WaveNetLayer, self).__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(residual_channels, 2 * gate_channels, kernel_size, dilation=dilation)
        self.to_res = nn.Conv1d(gate_channels, residual_channels, 1)
        self.to_skip = nn.Conv1d(gate_channels, skip_channels, 1)

    def forward(self, x):
        h = self.conv(F.pad(x, (self.pad, 0)))
        filt, gate = torch.split(h, h.size(1) // 2, dim=1)  # expect
        z = torch.tanh(filt) * torch.sigmoid(filt)  # found: R174
        skip = self.to_skip(z)
        out = x + self.to_res(z)
        return out, skip
