# residua-test: wrong target=DilatedResidual
# What is wrong: super().__init__() is not called before modules are assigned
import torch
import torch.nn as nn


class DilatedResidual(nn.Module):
    def __init__(self, channels, dilation=1):  # expect
        self.dilation = dilation  # expect
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)  # expect: R161
        self.pointwise = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(0.25)

    def forward(self, x):
        out = torch.relu(self.conv(x))
        out = self.pointwise(out)
        out = self.dropout(out)
        return x + out
