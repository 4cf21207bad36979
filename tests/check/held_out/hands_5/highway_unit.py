# residua-test: right target=HighwayUnit
import torch
import torch.nn as nn


class HighwayUnit(nn.Module):
    """Convolutional highway layer; the gate bias starts negative so that it first carries x."""

    def __init__(self, channels=32, k=3):
        super().__init__()
        self.conv = nn.Conv1d(channels, 2 * channels, k, padding=k // 2)
        self.channels = channels
        with torch.no_grad():
            self.conv.bias[channels:].fill_(-2.0)

    def forward(self, x):
        h, t = self.conv(x).split(self.channels, dim=1)
        t = torch.sigmoid(t)
        return t * torch.relu(h) + (1.0 - t) * x


class HighwayStack(nn.Sequential):
    """``depth`` highway layers in a row."""

    def __init__(self, channels=32, depth=4):
        super().__init__(*[HighwayUnit(channels) for _ in range(depth)])
