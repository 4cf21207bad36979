# residua-test: wrong target=WaveStack
# What is wrong: The skip outputs are overwritten in the loop instead of summed, so only the last layer reaches the head and the other skip convolutions get no gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveLayer(nn.Module):
    def __init__(self, residual, skip, dilation):
        super().__init__()
        self.left = dilation
        self.conv = nn.Conv1d(residual, 2 * residual, 2, dilation=dilation)
        self.to_res = nn.Conv1d(residual, residual, 1)
        self.to_skip = nn.Conv1d(residual, skip, 1)  # expect

    def forward(self, x):
        a, b = self.conv(F.pad(x, (self.left, 0))).chunk(2, dim=1)
        z = torch.tanh(a) * torch.sigmoid(b)
        return x + self.to_res(z), self.to_skip(z)


class WaveStack(nn.Module):
    """WaveNet: the head sees the sum of the skip outputs of all layers."""

    def __init__(self, channels=1, residual=32, skip=64, layers=6):
        super().__init__()
        self.inp = nn.Conv1d(channels, residual, 1)
        self.layers = nn.ModuleList([WaveLayer(residual, skip, 2 ** i) for i in range(layers)])
        self.out1 = nn.Conv1d(skip, skip, 1)
        self.out2 = nn.Conv1d(skip, channels, 1)

    def forward(self, x):
        x = self.inp(x)
        skips = 0  # expect
        for layer in self.layers:
            x, s = layer(x)
            skips = s  # expect: R155
        return self.out2(F.relu(self.out1(F.relu(skips))))  # expect
