# residua-test: wrong target=ResBlock1D
# What is wrong: forward has no return statement, the block yields None
import torch.nn as nn


class ResBlock1D(nn.Module):
    def __init__(self, channels, kernel_size=5, dropout=0.1):
        super().__init__()
        padding = (kernel_size - 1) // 2
        self.net = nn.Sequential(
            nn.Conv1d(channels, channels, kernel_size, padding=padding),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Conv1d(channels, channels, kernel_size, padding=padding),
            nn.BatchNorm1d(channels),
        )
        self.activation = nn.ReLU()

    def forward(self, x):  # expect
        out = self.net(x)
        out = out + x  # expect
        out = self.activation(out)  # expect: R161
