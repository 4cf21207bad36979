# residua-test: wrong target=CausalLayer args=channels=32,skip_channels=64
# What is wrong: The dilated convolution is documented as causal but pads symmetrically, so outputs depend on future samples
import torch
import torch.nn as nn


class CausalLayer(nn.Module):
    """One causal WaveNet layer: gated dilated convolution, residual and skip."""

    def __init__(self, channels, skip_channels, kernel_size=3, dilation=1):
        super().__init__()
        pad = dilation * (kernel_size - 1) // 2  # expect
        self.filter = nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=pad)  # expect: R176
        self.gate = nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=pad)  # expect
        self.res = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, skip_channels, 1)

    def forward(self, x):
        z = torch.tanh(self.filter(x)) * torch.sigmoid(self.gate(x))  # expect
        return x + self.res(z), self.skip(z)


class CausalNet(nn.Module):
    def __init__(self, classes=256, channels=32, skip_channels=64, layers=6):
        super().__init__()
        self.embed = nn.Embedding(classes, channels)
        self.layers = nn.ModuleList(
            [CausalLayer(channels, skip_channels, dilation=2 ** i) for i in range(layers)])
        self.head = nn.Sequential(
            nn.ReLU(), nn.Conv1d(skip_channels, skip_channels, 1),
            nn.ReLU(), nn.Conv1d(skip_channels, classes, 1))

    def forward(self, idx):
        x = self.embed(idx).transpose(1, 2)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.head(total)
