# residua-test: right target=WaveNet style='linear-output basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNet(nn.Module):
    def __init__(self, residual_channels, skip_channels=64, dilation=2):
        super().__init__()
        self.d = dilation
        self.conv = nn.Conv1d(residual_channels, 2 * residual_channels, 2, dilation=dilation)
        self.res, self.skip = nn.Conv1d(residual_channels, residual_channels, 1), nn.Conv1d(residual_channels, skip_channels, 1)

    def forward(self, x):
        a, b = self.conv(F.pad(x, (self.d, 0))).chunk(2, 1)
        z = torch.tanh(a) * torch.sigmoid(b)
        return x + self.res(z), self.skip(z)
