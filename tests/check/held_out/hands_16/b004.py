# residua-test: wrong target=NBeats
# What is wrong: the backcast is subtracted into a variable that the next block never reads (each block gets the original window), so the doubly residual stack is missing and the backcast heads get no gradient.
import torch
from torch import nn


class NBeatsBlock(nn.Module):
    def __init__(self, lookback, horizon, width):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(lookback, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
        )
        self.backcast = nn.Linear(width, lookback)
        self.forecast = nn.Linear(width, horizon)

    def forward(self, window):
        h = self.fc(window)
        return self.backcast(h), self.forecast(h)


class NBeats(nn.Module):
    """generic N-BEATS: block i+1 sees what block i could not explain of the window; forecasts add up"""

    def __init__(self, lookback=96, horizon=24, n_blocks=4, width=256):
        super().__init__()
        self.horizon = horizon
        self.blocks = nn.ModuleList([NBeatsBlock(lookback, horizon, width) for _ in range(n_blocks)])

    def forward(self, x):
        total = x.new_zeros(x.size(0), self.horizon)
        for blk in self.blocks:
            back, fore = blk(x)
            residual = x - back  # expect: R155
            total = total + fore
        return total
