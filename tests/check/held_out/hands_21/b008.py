# residua-test: wrong target=TemporalBlock
# What is wrong: The crop removes the start of the sequence instead of its end, so after symmetric padding every output sees future time steps: the block is not causal.
import torch
import torch.nn as nn


class Crop1d(nn.Module):
    """Removes the surplus that the padding of a causal convolution leaves."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return x[:, :, self.size:].contiguous()  # expect: R176


class TemporalBlock(nn.Module):
    """Causal residual block: forecasting electricity load, x: (B, C, T)."""

    def __init__(self, in_channels, out_channels, kernel_size=3, dilation=1, dropout=0.1):
        super().__init__()
        pad = (kernel_size - 1) * dilation

        def causal(cin, cout):
            return nn.Sequential(
                nn.Conv1d(cin, cout, kernel_size, padding=pad, dilation=dilation),
                Crop1d(pad),
                nn.ReLU(),
                nn.Dropout(dropout),
            )

        self.net = nn.Sequential(causal(in_channels, out_channels), causal(out_channels, out_channels))
        self.match = nn.Conv1d(in_channels, out_channels, 1) if in_channels != out_channels else None
        self.relu = nn.ReLU()

    def forward(self, x):
        res = x if self.match is None else self.match(x)
        return self.relu(self.net(x) + res)
