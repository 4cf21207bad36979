# residua-test: wrong target=Residual1d right=blocks/dropout_of_the_stream
from torch import nn


class Residual1d(nn.Module):
    def __init__(self, channels, kernel_size=3, drop_rate=None):
        super().__init__()
        pad = kernel_size // 2
        self.first = nn.Conv1d(channels, channels, kernel_size, padding=pad)
        self.drop = nn.Dropout(drop_rate) if drop_rate is not None else None
        self.second = nn.Conv1d(channels, channels, kernel_size, padding=pad)
        self.act = nn.ELU()

    def forward(self, x):
        h = self.act(self.first(x))
        if self.drop is not None:
            h = self.drop(x)  # expect: R103
        h = self.second(h)
        return self.act(x + h)
