# residua-test: wrong target=Causal
import torch
import torch.nn as nn
import torch.nn.functional as F


class Causal(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=2):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(F.pad(x, (0, self.pad)))  # expect: R176
        return x + self.mix(torch.tanh(y))
