# residua-test: wrong target=AutoregressiveStack
import torch.nn as nn


class AutoregressiveStack(nn.Module):
    """Gives the next value at each step, for (B, C, T)."""

    def __init__(self, channels, kernel=3):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2) for _ in range(3)  # expect: R176
        )
        self.act = nn.GELU()

    def forward(self, x):
        for conv in self.convs:
            x = x + self.act(conv(x))
        return x
