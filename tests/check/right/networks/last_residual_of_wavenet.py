# residua-test: right target=WaveNet args='layers=4'
import torch
from torch import nn
from torch.nn.utils import weight_norm


class GatedLayer(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.conv = weight_norm(nn.Conv1d(channels, 2 * channels, 3, padding=dilation, dilation=dilation))
        self.out, self.skip = weight_norm(nn.Conv1d(channels, channels, 1)), weight_norm(nn.Conv1d(channels, channels, 1))

    def forward(self, x):
        a, b = self.conv(x).chunk(2, 1)
        h = torch.tanh(a) * torch.sigmoid(b)
        return x + self.out(h), self.skip(h)


class WaveNet(nn.Module):
    """WaveNet (van den Oord 2016): nobody reads the residual of the last layer."""

    def __init__(self, layers, channels=16):
        super().__init__()
        self.first = nn.Conv1d(1, channels, 1)
        self.layers = nn.ModuleList(GatedLayer(channels, 2**index) for index in range(layers))
        self.last = nn.Sequential(nn.ReLU(), nn.Conv1d(channels, 10, 1))

    def forward(self, x):
        x, skips = self.first(x), 0
        for layer in self.layers:
            x, skip = layer(x)
            skips = skips + skip
        return self.last(skips)
