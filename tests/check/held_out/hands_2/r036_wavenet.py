# residua-test: right target=ResidualLayer
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualLayer(nn.Module):
    """WaveNet layer: gated dilated causal conv; returns the residual stream and the skip contribution."""

    def __init__(self, residual_channels, skip_channels=32, kernel_size=2, dilation=1):
        super().__init__()
        self.left = dilation * (kernel_size - 1)
        self.filter = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.gate = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.res = nn.Conv1d(residual_channels, residual_channels, 1)
        self.skip = nn.Conv1d(residual_channels, skip_channels, 1)

    def forward(self, x):
        padded = F.pad(x, (self.left, 0))
        z = torch.tanh(self.filter(padded)) * torch.sigmoid(self.gate(padded))
        return x + self.res(z), self.skip(z)
