# residua-test: wrong target=EEGResSE
# What is wrong: the second 1x1 convolution of the squeeze-excitation takes reduction_rate as its input channels instead of the squeezed channels: shape error
import torch
from torch import nn


class SqueezeAndExcitation(nn.Module):
    def __init__(self, in_channels: int, reduction_rate: int, bias: bool = False):
        super().__init__()
        sq_channels = in_channels // reduction_rate
        self.gap = nn.AdaptiveAvgPool1d(1)
        self.fc1 = nn.Conv1d(in_channels, sq_channels, kernel_size=1, bias=bias)
        self.nonlinearity = nn.ReLU()
        self.fc2 = nn.Conv1d(reduction_rate, in_channels, kernel_size=1, bias=bias)  # expect: R154
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        scale = self.gap(x)
        scale = self.nonlinearity(self.fc1(scale))
        scale = self.sigmoid(self.fc2(scale))
        return x * scale


class EEGResSE(nn.Module):
    """Residual temporal block for EEG: (batch, channels, times)

    Parameters
    ----------
    n_chans : int
        Channels in and out
    kernel_size : int
        Odd length of the temporal kernel
    reduction_rate : int
        Squeeze factor
    """

    def __init__(self, n_chans=32, kernel_size=7, reduction_rate=4, p=0.1):
        super().__init__()
        self.temporal = nn.Sequential(
            nn.BatchNorm1d(n_chans),
            nn.ELU(),
            nn.Conv1d(n_chans, n_chans, kernel_size, padding=kernel_size // 2, groups=n_chans),
            nn.Conv1d(n_chans, n_chans, 1),
            nn.Dropout(p),
        )
        self.se = SqueezeAndExcitation(n_chans, reduction_rate)

    def forward(self, x):
        return x + self.se(self.temporal(x))
