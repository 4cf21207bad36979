# residua-test: wrong target=DilatedResBlock1d
# What is wrong: padding does not follow the dilation, so the branch is shorter than the skip when dilation > 1
import torch.nn as nn


class DilatedResBlock1d(nn.Module):
    """HiFi-style residual unit for waveforms."""

    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        self.act1 = nn.LeakyReLU(0.1)
        self.conv1 = nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=(kernel_size - 1) // 2)  # expect: R129
        self.act2 = nn.LeakyReLU(0.1)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size, padding=(kernel_size - 1) // 2)

    def forward(self, x):
        y = self.conv1(self.act1(x))
        y = self.conv2(self.act2(y))
        return x + y  # expect
