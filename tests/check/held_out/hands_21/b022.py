# residua-test: right target=NBeats
# Why it is right: The double residual of N-BEATS subtracts the backcast from the input and adds up the forecasts; the minus is intended.
import torch
import torch.nn as nn


class NBeatsBlock(nn.Module):
    def __init__(self, lookback, horizon, hidden, layers, last):
        super().__init__()
        mods, width = [], lookback
        for _ in range(layers):
            mods += [nn.Linear(width, hidden), nn.ReLU()]
            width = hidden
        self.fc = nn.Sequential(*mods)
        self.backcast = None if last else nn.Linear(hidden, lookback)
        self.forecast = nn.Linear(hidden, horizon)

    def forward(self, x):
        h = self.fc(x)
        back = 0 if self.backcast is None else self.backcast(h)
        return back, self.forecast(h)


class NBeats(nn.Module):
    """history: (batch, lookback) -> (batch, horizon)"""

    def __init__(self, lookback=30, horizon=6, hidden=48, layers=3, num_blocks=4):
        super().__init__()
        self.horizon = horizon
        self.blocks = nn.ModuleList(
            NBeatsBlock(lookback, horizon, hidden, layers, last=i == num_blocks - 1) for i in range(num_blocks)
        )

    def forward(self, history):
        residual = history
        forecast = history.new_zeros(history.size(0), self.horizon)
        for block in self.blocks:
            back, fore = block(residual)
            residual = residual - back
            forecast = forecast + fore
        return forecast
