# residua-test: wrong target=GatedConvBlock
# What is wrong: The value is normalised from the gate and the gate from the value (crossed variables), so conv_w is overwritten and never used
import torch
import torch.nn as nn


class GatedConvBlock(nn.Module):
    """Gated linear unit over a sequence, w * sigmoid(v), with a residual."""

    def __init__(self, channels=64, kernel_size=3):
        super().__init__()
        pad = kernel_size // 2
        self.conv_w = nn.Conv1d(channels, channels, kernel_size, padding=pad)  # expect
        self.conv_v = nn.Conv1d(channels, channels, kernel_size, padding=pad)
        self.bn_w = nn.BatchNorm1d(channels)
        self.bn_v = nn.BatchNorm1d(channels)

    def forward(self, x):
        w = self.conv_w(x)  # expect
        v = self.conv_v(x)
        w = self.bn_w(v)  # expect: R103
        v = self.bn_v(w)  # expect
        return x + w * torch.sigmoid(v)
