# residua-test: wrong target=Res1D
import torch.nn as nn


class Res1D(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, kernel_size, padding=dilation, dilation=dilation),  # expect: R129
            nn.ReLU(),
            nn.Conv1d(channels, channels, kernel_size, padding=(kernel_size - 1) // 2),
        )

    def forward(self, x):
        return x + self.body(x)  # expect
