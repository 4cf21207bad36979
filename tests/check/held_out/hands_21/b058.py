# residua-test: wrong target=TSResNetBlock
# What is wrong: Half-kernel padding with the even kernel 8 makes the main path one step longer than the shortcut, so the addition crashes.
import torch
import torch.nn as nn


class TSResNetBlock(nn.Module):
    """Block of the time series ResNet baseline (kernels 8, 5, 3) for UCR data.

    x: (batch, in_channels, time)
    """

    def __init__(self, in_channels, out_channels, kernels=(8, 5, 3)):
        super().__init__()
        stack = []
        c = in_channels
        for i, k in enumerate(kernels):
            stack.append(nn.Conv1d(c, out_channels, k, padding=k // 2))  # expect: R130
            stack.append(nn.BatchNorm1d(out_channels))
            if i < len(kernels) - 1:
                stack.append(nn.ReLU())
            c = out_channels
        self.stack = nn.Sequential(*stack)
        if in_channels == out_channels:
            self.shortcut = nn.BatchNorm1d(out_channels)
        else:
            self.shortcut = nn.Sequential(
                nn.Conv1d(in_channels, out_channels, 1),
                nn.BatchNorm1d(out_channels),
            )
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.stack(x) + self.shortcut(x))
