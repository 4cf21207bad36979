# residua-test: wrong target=ConvResidual
# What is wrong: the projected residual is computed, but raw x is added
import torch
import torch.nn as nn


class ConvResidual(nn.Module):
    # 1-D block for ECG signals
    def __init__(self, in_channels, out_channels, kernel_size=7):
        super().__init__()
        pad = kernel_size // 2
        self.layer1 = nn.Sequential(
            nn.Conv1d(in_channels, out_channels, kernel_size, padding=pad),
            nn.BatchNorm1d(out_channels),
            nn.ReLU(),
        )
        self.layer2 = nn.Sequential(
            nn.Conv1d(out_channels, out_channels, kernel_size, padding=pad),
            nn.BatchNorm1d(out_channels),
        )
        if in_channels == out_channels:
            self.match = nn.Identity()
        else:
            self.match = nn.Conv1d(in_channels, out_channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        residual = self.match(x)  # expect
        out = self.layer1(x)
        out = self.layer2(out)
        return self.relu(out + x)  # expect: R114
