# residua-test: right target=EchoUnit
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


class EchoUnit(nn.Module):
    """Two causal convolutions over (batch, channels, time)."""

    def __init__(self, n_in, n_out, kernel=3, dilation=2, dropout=0.2):
        super().__init__()
        self.pad = nn.ConstantPad1d(((kernel - 1) * dilation, 0), 0.0)
        self.conv1 = weight_norm(nn.Conv1d(n_in, n_out, kernel, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(n_out, n_out, kernel, dilation=dilation))
        self.drop = nn.Dropout(dropout)
        self.match = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x):
        y = self.drop(torch.relu(self.conv1(self.pad(x))))
        y = self.drop(torch.relu(self.conv2(self.pad(y))))
        return torch.relu(y + self.match(x))
