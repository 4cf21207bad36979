# residua-test: wrong target=WaveBlock
import torch
from torch import nn


class WaveBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3):
        super().__init__()
        self.first = nn.Conv1d(in_channels, out_channels, kernel_size, padding=kernel_size // 2)
        self.second = nn.Conv1d(out_channels, out_channels, kernel_size, padding=kernel_size // 2)
        if in_channels != out_channels:
            self.resize = nn.Conv1d(out_channels, out_channels, 1)
        else:
            self.resize = nn.Identity()

    def forward(self, x):
        y = torch.tanh(self.first(x))
        y = torch.tanh(self.second(y))
        y = self.resize(y)  # expect: R120
        return torch.tanh(x + y)
