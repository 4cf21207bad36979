# residua-test: right target=TemporalBlock
import torch
import torch.nn as nn


class Chomp(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return x[..., :-self.n].contiguous()


class TemporalBlock(nn.Module):
    """TCN residual block (Bai et al., 2018): conv-chomp-relu-dropout twice, then relu(out + res)."""

    def __init__(self, n_inputs=8, n_outputs=16, kernel_size=3, dilation=2, dropout=0.2):
        super().__init__()
        pad = (kernel_size - 1) * dilation
        wn = nn.utils.parametrizations.weight_norm
        self.conv1 = wn(nn.Conv1d(n_inputs, n_outputs, kernel_size, padding=pad, dilation=dilation))
        self.conv2 = wn(nn.Conv1d(n_outputs, n_outputs, kernel_size, padding=pad, dilation=dilation))
        self.net = nn.Sequential(
            self.conv1, Chomp(pad), nn.ReLU(), nn.Dropout(dropout),
            self.conv2, Chomp(pad), nn.ReLU(), nn.Dropout(dropout))
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)
