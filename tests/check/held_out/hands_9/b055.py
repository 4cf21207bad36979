# residua-test: right target=ResidualConv1dGLU
import math

import torch
from torch import nn
from torch.nn import functional as F


class ResidualConv1dGLU(nn.Module):
    """Residual dilated conv1d + gated linear unit

    Args:
        residual_channels (int): channels of the residual input / output
        gate_channels (int): gated activation channels (split in two)
        kernel_size (int): kernel size of the dilated conv
        skip_out_channels (int): skip connection channels, residual_channels if None
        dilation (int): dilation factor
    """

    def __init__(self, residual_channels, gate_channels, kernel_size,
                 skip_out_channels=None, dilation=1, dropout=1 - 0.95):
        super(ResidualConv1dGLU, self).__init__()
        self.dropout = dropout
        if skip_out_channels is None:
            skip_out_channels = residual_channels
        self.padding = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(residual_channels, gate_channels, kernel_size,
                              padding=self.padding, dilation=dilation)
        gate_out_channels = gate_channels // 2
        self.conv1x1_out = nn.Conv1d(gate_out_channels, residual_channels, 1)  # found: R184
        self.conv1x1_skip = nn.Conv1d(gate_out_channels, skip_out_channels, 1)

    def forward(self, x):
        residual = x
        x = F.dropout(x, p=self.dropout, training=self.training)
        x = self.conv(x)
        # remove future time steps
        x = x[:, :, :residual.size(-1)]

        a, b = x.split(x.size(1) // 2, dim=1)
        x = torch.tanh(a) * torch.sigmoid(b)

        s = self.conv1x1_skip(x)
        x = self.conv1x1_out(x)

        x = (x + residual) * math.sqrt(0.5)
        return x, s
