# residua-test: right target=TCNResidualBlock
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import weight_norm


class TCNResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation, dropout=0.1):
        super().__init__()
        self.left_padding = (kernel_size - 1) * dilation
        self.conv1 = weight_norm(nn.Conv1d(in_channels, out_channels, kernel_size, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(out_channels, out_channels, kernel_size, dilation=dilation))
        self.dropout_fn = nn.Dropout(dropout)
        if in_channels != out_channels:
            self.conv3 = nn.Conv1d(in_channels, out_channels, 1)

    def forward(self, x):
        residual = x

        # first step
        x = F.pad(x, (self.left_padding, 0))
        x = self.dropout_fn(F.relu(self.conv1(x)))

        # second step
        x = F.pad(x, (self.left_padding, 0))
        x = self.dropout_fn(F.relu(self.conv2(x)))

        # add residual connection
        if self.conv1.in_channels != self.conv2.out_channels:
            residual = self.conv3(residual)
        x = x + residual

        return x
