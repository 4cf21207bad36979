# residua-test: wrong target=GatedConvBlock
# What is wrong: F.glu halves the last axis by default, which is time here; the channels stay doubled and the sum with the input fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedConvBlock(nn.Module):
    """Gated convolution with residual for a text to speech encoder: (B, C, T)."""

    def __init__(self, channels=32, kernel_size=5, dropout=0.05):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.conv = nn.utils.parametrizations.weight_norm(
            nn.Conv1d(channels, 2 * channels, kernel_size, padding=kernel_size // 2))
        self.scale = 0.5 ** 0.5

    def forward(self, x):
        residual = x
        x = self.conv(self.dropout(x))
        x = F.glu(x)  # expect: R154
        return (x + residual) * self.scale
