# residua-test: wrong target=CausalResidual
# What is wrong: the chomp cuts off the start of the sequence, so the "causal" block sees the future
"""Sales forecasting baseline: causal dilated conv block."""
import torch
import torch.nn as nn


class Chomp1d(nn.Module):
    """take the surplus of the padding away again"""

    def __init__(self, chomp_size):
        super().__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, self.chomp_size:].contiguous()  # expect: R176


class CausalResidual(nn.Module):
    """Output at step t depends on the inputs up to t only.

    x: (batch, channels, time)
    """

    def __init__(self, channels=32, kernel_size=3, dilation=2, dropout=0.1):
        super().__init__()
        pad = (kernel_size - 1) * dilation
        layers = []
        for _ in range(2):
            layers += [
                nn.Conv1d(channels, channels, kernel_size, padding=pad, dilation=dilation),
                Chomp1d(pad),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return torch.relu(self.net(x) + x)
