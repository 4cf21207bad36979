# residua-test: right target=TemporalBlock
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class CausalConv1d(nn.Module):
    def __init__(self, i, o, k, dilation):
        super().__init__()
        self.cut = (k - 1) * dilation
        self.conv = weight_norm(nn.Conv1d(i, o, k, padding=self.cut, dilation=dilation))

    def forward(self, x):
        return self.conv(x)[..., :x.size(-1)]


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size=3, dilation=1, dropout=0.2):
        super().__init__()
        self.net = nn.Sequential(
            CausalConv1d(n_inputs, n_outputs, kernel_size, dilation), nn.ReLU(), nn.Dropout(dropout),
            CausalConv1d(n_outputs, n_outputs, kernel_size, dilation), nn.ReLU(), nn.Dropout(dropout),
        )
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(self.net(x) + res)
