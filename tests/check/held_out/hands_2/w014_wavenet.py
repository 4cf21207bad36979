# residua-test: wrong target=WaveNetLayer
# What is wrong: the gate is computed from the filter convolution; conv_gate is never called
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNetLayer(nn.Module):
    def __init__(self, residual_channels, skip_channels=32, kernel_size=2, dilation=1):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv_filter = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)
        self.conv_gate = nn.Conv1d(residual_channels, residual_channels, kernel_size, dilation=dilation)  # expect
        self.conv_res = nn.Conv1d(residual_channels, residual_channels, 1)
        self.conv_skip = nn.Conv1d(residual_channels, skip_channels, 1)

    def forward(self, x):
        h = F.pad(x, (self.pad, 0))
        z = torch.tanh(self.conv_filter(h)) * torch.sigmoid(self.conv_filter(h))  # expect: R121
        skip = self.conv_skip(z)
        return x + self.conv_res(z), skip
