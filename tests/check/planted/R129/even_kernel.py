# residua-test: wrong target=SignalBlock
from torch import nn


class SignalBlock(nn.Module):
    def __init__(self, channels, kernel_size=8):
        super().__init__()
        pad = (kernel_size - 1) // 2  # expect: R129
        self.conv1 = nn.Conv1d(channels, channels, kernel_size, padding=pad)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size, padding=pad)
        self.act = nn.ELU()

    def forward(self, x):
        return self.act(x + self.conv2(self.act(self.conv1(x))))
