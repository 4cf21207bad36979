# residua-test: wrong target=TCN
# What is wrong: The chomp cuts the front of the padded output instead of its end, so the causal network sees the future.
import torch
import torch.nn as nn


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super(Chomp1d, self).__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, self.chomp_size:].contiguous()  # expect: R176


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size, dilation, dropout=0.2):
        super(TemporalBlock, self).__init__()
        padding = (kernel_size - 1) * dilation
        self.net = nn.Sequential(
            nn.Conv1d(n_inputs, n_outputs, kernel_size, padding=padding, dilation=dilation),
            Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout),
            nn.Conv1d(n_outputs, n_outputs, kernel_size, padding=padding, dilation=dilation),
            Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout),
        )
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return torch.relu(out + res)


class TCN(nn.Module):
    """Causal temporal conv net, y[t] depends on x[:t+1] only."""

    def __init__(self, num_inputs, num_channels=(16, 16, 16), kernel_size=3, dropout=0.2):
        super(TCN, self).__init__()
        layers = []
        for i, ch in enumerate(num_channels):
            layers.append(TemporalBlock(num_inputs if i == 0 else num_channels[i - 1], ch, kernel_size, 2 ** i, dropout))
        self.network = nn.Sequential(*layers)

    def forward(self, x):
        return self.network(x)
