# residua-test: wrong target=AxisGate
import torch
import torch.nn as nn


class AxisGate(nn.Module):
    """Gates each row and each column."""

    def __init__(self, channels):
        super().__init__()
        self.rows = nn.Conv2d(channels, channels, 1)
        self.columns = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        rows = torch.sigmoid(self.rows(x.mean(3, keepdim=True)))
        columns = torch.sigmoid(self.columns(x.mean(2, keepdim=True)))
        return x + x * (columns.transpose(2, 3) * rows.transpose(2, 3))  # expect: R185
