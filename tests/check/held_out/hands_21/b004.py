# residua-test: wrong target=DilatedStack
# What is wrong: The loop in forward starts at 1, so the first dilated block is built and registered but never runs.
import torch
import torch.nn as nn


class DilatedResBlock(nn.Module):
    def __init__(self, channels, kernel_size, dilation):
        super().__init__()
        span = dilation * (kernel_size - 1)
        self.pad = nn.ConstantPad1d((span, 0), 0.0)
        self.conv = nn.Conv1d(channels, 2 * channels, kernel_size, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = nn.functional.glu(self.conv(self.pad(x)), dim=1)
        return x + self.mix(y)


class DilatedStack(nn.Module):
    """Next-sample model for audio, x: (batch, 1, time)."""

    def __init__(self, channels=24, kernel_size=2, dilations=(1, 2, 4, 8, 16), n_classes=256):
        super().__init__()
        self.inp = nn.Conv1d(1, channels, 1)
        self.blocks = nn.ModuleList([DilatedResBlock(channels, kernel_size, d) for d in dilations])
        self.out = nn.Sequential(nn.ReLU(), nn.Conv1d(channels, channels, 1), nn.ReLU(), nn.Conv1d(channels, n_classes, 1))

    def forward(self, x):
        h = self.inp(x)
        for i in range(1, len(self.blocks)):  # expect: R126
            h = self.blocks[i](h)
        return self.out(h)
