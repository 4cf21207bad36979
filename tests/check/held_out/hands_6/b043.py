# residua-test: right target=NBeats
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, L, H, units, last=False):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(L, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
        )
        self.to_backcast = nn.Linear(units, L) if not last else None
        self.to_forecast = nn.Linear(units, H)

    def forward(self, x):
        h = self.trunk(x)
        back = self.to_backcast(h) if self.to_backcast is not None else None
        return back, self.to_forecast(h)


class NBeats(nn.Module):
    """generic N-BEATS. input: (batch, lookback), output: (batch, horizon)"""

    def __init__(self, lookback=30, horizon=7, n_blocks=4, units=32):
        super().__init__()
        self.blocks = nn.ModuleList(
            [Block(lookback, horizon, units, last=i + 1 == n_blocks) for i in range(n_blocks)])

    def forward(self, x):
        level = x.mean(dim=-1, keepdim=True)
        residual = x - level
        forecast = level
        for block in self.blocks:
            back, fore = block(residual)
            forecast = forecast + fore
            if back is not None:
                residual = residual - back
        return forecast
