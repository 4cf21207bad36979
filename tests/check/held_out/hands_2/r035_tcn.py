# residua-test: right target=TemporalBlock
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super().__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, :-self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size=2, dilation=1, dropout=0.2):
        super().__init__()
        padding = (kernel_size - 1) * dilation
        conv = lambda i: weight_norm(nn.Conv1d(i, n_outputs, kernel_size, padding=padding, dilation=dilation))
        self.net = nn.Sequential(conv(n_inputs), Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout),
                                 conv(n_outputs), Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout))
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)
