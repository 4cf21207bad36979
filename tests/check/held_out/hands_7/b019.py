# residua-test: wrong target=WaveNet
# What is wrong: The skip outputs are overwritten in the loop instead of being summed, so only the last layer's skip reaches the output.
import math
import torch
from torch import nn
from torch.nn import functional as F


class ResidualGLU(nn.Module):
    def __init__(self, residual, gate, skip, kernel, dilation, last=False):
        super().__init__()
        self.left = (kernel - 1) * dilation
        self.conv = nn.Conv1d(residual, gate, kernel, dilation=dilation)
        # nothing reads the residual output of the last layer
        self.conv1x1_out = None if last else nn.Conv1d(gate // 2, residual, 1)
        self.conv1x1_skip = nn.Conv1d(gate // 2, skip, 1)

    def forward(self, x):
        residual = x
        x = self.conv(F.pad(x, (self.left, 0)))
        a, b = x.chunk(2, dim=1)
        x = torch.tanh(a) * torch.sigmoid(b)
        s = self.conv1x1_skip(x)
        if self.conv1x1_out is not None:
            x = (self.conv1x1_out(x) + residual) * math.sqrt(0.5)
        return x, s


class WaveNet(nn.Module):
    """mu-law one-hot audio (B, 256, T) -> logits (B, 256, T)

    The skip outputs of all layers are added up and go through two 1x1 convs.
    """

    def __init__(self, classes=256, layers=8, stacks=2, residual=32, gate=64, skip=32, kernel=2):
        super().__init__()
        assert layers % stacks == 0
        per_stack = layers // stacks
        self.first_conv = nn.Conv1d(classes, residual, 1)
        self.conv_layers = nn.ModuleList(
            [ResidualGLU(residual, gate, skip, kernel, 2 ** (i % per_stack), i == layers - 1) for i in range(layers)])
        self.last_conv_layers = nn.Sequential(
            nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, classes, 1))

    def forward(self, x):
        x = self.first_conv(x)
        skips = 0
        for f in self.conv_layers:
            x, h = f(x)
            skips = h  # expect: R155
        skips = skips * math.sqrt(1.0 / len(self.conv_layers))
        return self.last_conv_layers(skips)
