# residua-test: right target=WaveNet
import torch
import torch.nn.functional as F
from torch import nn


class Layer(nn.Module):
    def __init__(self, channels, skip_channels, dilation, last=False):
        super().__init__()
        self.dilated = nn.Conv1d(channels, 2 * channels, 3, padding=dilation, dilation=dilation)
        self.skip = nn.Conv1d(channels, skip_channels, 1)
        self.residual = None if last else nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        signal, gate = self.dilated(x).chunk(2, dim=1)
        hidden = torch.tanh(signal) * torch.sigmoid(gate)
        skip = self.skip(hidden)
        return (x if self.residual is None else x + self.residual(hidden)), skip


class WaveNet(nn.Module):
    """Skip outputs of all layers are summed; nothing follows the last layer, which therefore adds nothing."""

    def __init__(self, classes=10, channels=16, skip_channels=32, depth=4):
        super().__init__()
        self.front = nn.Conv1d(1, channels, 3, padding=1)
        self.layers = nn.ModuleList(
            [Layer(channels, skip_channels, 2**index, index == depth - 1) for index in range(depth)]
        )
        self.head = nn.Conv1d(skip_channels, classes, 1)

    def forward(self, wave):
        x, total = self.front(wave), 0
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip
        return self.head(F.relu(total))
